// How much CPU time is used on our account: by the containers of our pods, by the engine's own services, which pull and unpack
// our images, and by this process. The account of a container goes with it, but the group above keeps what was used below it:
// what that group has and none of those still below it, containers have used that ended.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readFolderCpuNs, readGroupCpuNs } from './cpu-times.ts';

export interface OurCpuOptions {
  /** Where the machine's file tree begins. */
  readonly root: string;
  /** Ids of containers of our pods: those that run now, and of those that ended as many as are remembered. */
  readonly containers: () => { readonly running: readonly string[]; readonly ended: readonly string[] };
  /** The folder with a container's CPU account; undefined: it does not run. Rejects where it cannot be seen. */
  readonly groupOf: (id: string) => Promise<string | undefined>;
  /** CPU time of this process, in nanoseconds. */
  readonly ownCpuNs: () => number;
}

const SERVICES = ['docker', 'containerd', 'podman'].map((name) => `system.slice/${name}.service`);

type CpuByName = ReadonlyMap<string, number>;

interface Sample {
  /** By what uses it. */
  readonly ours: CpuByName;
  /** Containers of ours without an account, whether or not they are known to have ended. */
  readonly ended: ReadonlySet<string>;
  /** Groups with containers of ours, and all that is right below them now, whoever's it is. */
  readonly parents: ReadonlyMap<string, { readonly usedNs: number; readonly below: CpuByName }>;
}

/** Each call answers for the time since the one before, in nanoseconds; undefined: it cannot be said. */
export function createOurCpu(options: OurCpuOptions): () => Promise<number | undefined> {
  const groups = new Map<string, string>();
  const parents = new Set<string>();
  let before: Sample | undefined;

  async function sample(): Promise<Sample | undefined> {
    const { root, ownCpuNs } = options;
    const { running, ended } = options.containers();
    if (!(await findGroups(running))) return undefined;
    const ours = new Map([['this process', ownCpuNs()]]);
    for (const service of SERVICES) add(ours, service, readGroupCpuNs(root, service));
    for (const [id, group] of groups) {
      parents.add(dirname(group));
      add(ours, id, readFolderCpuNs(group));
    }
    const gone = new Set([...ended, ...running.filter((id) => !ours.has(id))]);
    return { ours, ended: gone, parents: new Map([...parents].flatMap(readParent)) };
  }

  /** Whether all of them can be seen. */
  async function findGroups(ids: readonly string[]): Promise<boolean> {
    for (const id of groups.keys()) if (!ids.includes(id)) groups.delete(id);
    try {
      for (const id of ids) {
        const group = groups.get(id) ?? (await options.groupOf(id));
        if (group !== undefined) groups.set(id, group);
      }
      return true;
    } catch {
      return false;
    }
  }

  return async () => {
    const last = before;
    const now = await sample();
    before = now;
    return last && now && usedSince(last, now);
  };
}

function add(amounts: Map<string, number>, name: string, usedNs: number | undefined): void {
  if (usedNs !== undefined) amounts.set(name, usedNs);
}

function readParent(folder: string): [string, { usedNs: number; below: CpuByName }][] {
  const usedNs = readFolderCpuNs(folder);
  const names = foldersIn(folder);
  if (usedNs === undefined || !names) return [];
  const below = new Map<string, number>();
  for (const name of names) add(below, name, readFolderCpuNs(join(folder, name)));
  return [[folder, { usedNs, below }]];
}

function foldersIn(folder: string): string[] | undefined {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return undefined;
  }
}

function usedSince(last: Sample, now: Sample): number {
  const ours = growth(last.ours, now.ours);
  const hasEnded =
    [...last.ours.keys()].some((id) => !now.ours.has(id)) || [...now.ended].some((id) => !last.ended.has(id));
  if (!hasEnded) return ours;
  let endedNs = 0;
  for (const [folder, { usedNs, below }] of now.parents) {
    const parent = last.parents.get(folder);
    if (parent) endedNs += Math.max(0, usedNs - parent.usedNs - growth(parent.below, below));
  }
  return ours + endedNs;
}

/** What was not there before has been started since. */
function growth(last: CpuByName, now: CpuByName): number {
  let sumNs = 0;
  for (const [name, usedNs] of now) sumNs += Math.max(0, usedNs - (last.get(name) ?? 0));
  return sumNs;
}
