// Measures containers: by the kernel's files where this process can see them, else by the engine, few at a time. Where a
// container's files are is asked once in its life.
import { Turns } from '../../common/turns.ts';
import { type CgroupFiles, openCgroupFiles } from './cgroup-files.ts';
import { type CgroupRoots, SYSTEM_ROOTS } from './container-group.ts';
import { createDiskNames } from './disk-names.ts';
import type { EngineStats, Network, Reading } from './reading.ts';

export interface Measured {
  readonly reading: Reading;
  readonly network: Network;
}

export interface ContainerMeter {
  /** `network`: measure the network it is in too. Undefined when it does not run. Rejects when the engine cannot say. */
  measure(
    id: string,
    want: { readonly network: boolean },
    signal: AbortSignal,
  ): Promise<Measured | undefined>;
  /** These containers and no others are still there. */
  retain(ids: ReadonlySet<string>): void;
}

/** Each takes the engine up to a second. */
const PARALLEL = 4;

type Means =
  | { readonly kind: 'files'; readonly files: CgroupFiles }
  | { readonly kind: 'engine'; readonly networkOf: string | undefined };

export interface MeterRoots extends CgroupRoots {
  /** Disks by their numbers. */
  readonly disks: string;
}

const SYSTEM: MeterRoots = { ...SYSTEM_ROOTS, disks: '/sys/dev/block' };

export function createContainerMeter(engine: EngineStats, roots: MeterRoots = SYSTEM): ContainerMeter {
  const turns = new Turns(PARALLEL);
  const means = new Map<string, Means>();
  const diskName = createDiskNames(roots.disks);

  async function inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = await turns.take(signal);
    try {
      return await work();
    } finally {
      done();
    }
  }

  async function meansOf(id: string, signal: AbortSignal): Promise<Means | undefined> {
    const known = means.get(id);
    if (known) return known;
    const found = await inTurn(() => engine.locate(id), signal);
    if (!found) return undefined;
    const files = openCgroupFiles({ id, pid: found.pid }, roots);
    const fresh: Means = files ? { kind: 'files', files } : { kind: 'engine', networkOf: found.networkOf };
    means.set(id, fresh);
    return fresh;
  }

  return {
    async measure(id, { network }, signal) {
      const by = await meansOf(id, signal);
      if (!by) return undefined;
      if (by.kind === 'files') {
        const reading = by.files.read();
        if (!reading) return undefined;
        const diskIo = reading.diskIo?.map((io) => ({ ...io, device: diskName(io.major, io.minor) }));
        return {
          reading: { ...reading, ...(diskIo && { diskIo }) },
          network: network ? by.files.network() : [],
        };
      }
      const measured = await inTurn(() => engine.read(id), signal);
      if (!measured || !network || by.networkOf === undefined) return measured;
      const { networkOf } = by;
      const sandbox = await inTurn(() => engine.read(networkOf), signal);
      return { ...measured, network: sandbox?.network ?? [] };
    },
    retain(ids) {
      for (const id of means.keys()) if (!ids.has(id)) means.delete(id);
    },
  };
}
