// How much of the machine's CPU its owner uses: all of what is used, less what is used on our account. That is the containers
// of our pods, by their control groups, the engine's own services, which pull and unpack our images, and this process. Where
// one of our containers cannot be accounted for nothing is said: it must not be taken for the owner.
import { readGroupCpuNs, readMachineCpu } from './cpu-times.ts';

export interface OwnerLoadOptions {
  /** Where the machine's file tree begins. */
  readonly root: string;
  /** Ids of the containers of our pods that run now. */
  readonly containers: () => readonly string[];
  /** CPU time of this process, in nanoseconds. */
  readonly ownCpuNs: () => number;
}

const SERVICES = ['docker', 'containerd', 'podman'].map((name) => `system.slice/${name}.service`);

interface Sample {
  readonly busyNs: number;
  readonly totalNs: number;
  /** By what uses it. */
  readonly ours: ReadonlyMap<string, number>;
}

/** Each call answers for the time since the one before, in percent; undefined: it cannot be said. */
export function createOwnerLoad(options: OwnerLoadOptions): () => Promise<number | undefined> {
  let before: Sample | undefined;
  return async () => {
    const last = before;
    const now = await sample(options);
    before = now;
    return last && now && share(last, now);
  };
}

async function sample({ root, containers, ownCpuNs }: OwnerLoadOptions): Promise<Sample | undefined> {
  const ours = new Map([['this process', ownCpuNs()]]);
  for (const id of containers()) {
    const usedNs = await containerCpuNs(root, id);
    if (usedNs === undefined) return undefined;
    ours.set(id, usedNs);
  }
  for (const service of SERVICES) {
    const usedNs = await readGroupCpuNs(root, service);
    if (usedNs !== undefined) ours.set(service, usedNs);
  }
  const machine = await readMachineCpu(root);
  return machine && { ...machine, ours };
}

/** As the engines name the groups of containers, with cgroupfs and with systemd. */
async function containerCpuNs(root: string, id: string): Promise<number | undefined> {
  const groups = [`docker/${id}`, `system.slice/docker-${id}.scope`, `machine.slice/libpod-${id}.scope`];
  for (const group of groups) {
    const usedNs = await readGroupCpuNs(root, group);
    if (usedNs !== undefined) return usedNs;
  }
  return undefined;
}

function share(last: Sample, now: Sample): number | undefined {
  const totalNs = now.totalNs - last.totalNs;
  if (totalNs <= 0) return undefined;
  let oursNs = 0;
  // What was not there before has been started since.
  for (const [what, usedNs] of now.ours) oursNs += Math.max(0, usedNs - (last.ours.get(what) ?? 0));
  const ownersNs = now.busyNs - last.busyNs - oursNs;
  return Math.min(100, Math.max(0, Math.round((ownersNs * 100) / totalNs)));
}
