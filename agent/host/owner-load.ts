// How much of the machine's CPU its owner uses: all of what is used, less what is used on our account. Where that cannot be
// told nothing is said: pods must not be taken for the owner.
import { type CpuTimes, readMachineCpu } from './cpu-times.ts';

export interface OwnerLoadOptions {
  /** Where the machine's file tree begins. */
  readonly root: string;
  /** See `createOurCpu`. */
  readonly oursNs: () => Promise<number | undefined>;
}

/** Each call answers for the time since the one before, in percent; undefined: it cannot be said. */
export function createOwnerLoad({ root, oursNs }: OwnerLoadOptions): () => Promise<number | undefined> {
  let before: CpuTimes | undefined;
  return async () => {
    const last = before;
    const usedNs = await oursNs();
    const now = await readMachineCpu(root);
    before = now;
    return last && now && usedNs !== undefined ? share(last, now, usedNs) : undefined;
  };
}

function share(last: CpuTimes, now: CpuTimes, oursNs: number): number | undefined {
  const totalNs = now.totalNs - last.totalNs;
  if (totalNs <= 0) return undefined;
  const ownersNs = now.busyNs - last.busyNs - oursNs;
  return Math.min(100, Math.max(0, Math.round((ownersNs * 100) / totalNs)));
}
