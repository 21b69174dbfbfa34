// Where the kernel keeps the accounts of a container: its control group, of version 1 or 2, as its first process says; where
// that process says it relative to a group that is not ours to see, as the engines name it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMembership } from './cgroup-text.ts';

export interface CgroupRoots {
  readonly cgroup: string;
  readonly proc: string;
}

export interface ContainerGroup {
  readonly version: 1 | 2;
  /** Folders; the same in version 2. */
  readonly cpu: string;
  readonly memory: string;
  /** Undefined: the kernel is set up without. */
  readonly quota: string | undefined;
  readonly disks: string | undefined;
  readonly tasks: string | undefined;
}

export const SYSTEM_ROOTS: CgroupRoots = { cgroup: '/sys/fs/cgroup', proc: '/proc' };

/**
 * Undefined where the kernel's files do not show this container: the engine is on another machine or in another
 * namespace, and its process ids mean others here.
 */
export function findContainerGroup(
  { id, pid }: { readonly id: string; readonly pid: number },
  { cgroup, proc }: CgroupRoots = SYSTEM_ROOTS,
): ContainerGroup | undefined {
  const member = parseMembership(text(join(proc, String(pid), 'cgroup')) ?? '');
  const folder = (controller: string): string | undefined => {
    const [names = controller, path = ''] =
      [...member].find(([names]) => names.split(',').includes(controller)) ?? [];
    const groups = [groupOf(id, path) ?? [], namesOf(id)].flat();
    const mounts = [...new Set([names, controller])];
    return mounts.flatMap((mount) => groups.map((group) => join(cgroup, mount, group))).find(existsSync);
  };
  const unified = folder('');
  if (unified !== undefined && existsSync(join(unified, 'memory.stat'))) return unifiedGroup(unified);
  const [cpu, memory] = [folder('cpuacct'), folder('memory')];
  if (cpu === undefined || memory === undefined) return undefined;
  return { version: 1, cpu, memory, quota: folder('cpu'), disks: folder('blkio'), tasks: folder('pids') };
}

/** One of the machine's own; undefined where there is none of this path. */
export function findGroup(path: string, { cgroup }: Pick<CgroupRoots, 'cgroup'>): ContainerGroup | undefined {
  const unified = join(cgroup, path);
  if (existsSync(join(unified, 'memory.stat'))) return unifiedGroup(unified);
  const folder = (...mounts: readonly string[]) =>
    mounts.map((mount) => join(cgroup, mount, path)).find(existsSync);
  const [cpu, memory] = [folder('cpuacct', 'cpu,cpuacct'), folder('memory')];
  if (cpu === undefined || memory === undefined) return undefined;
  const quota = folder('cpu', 'cpu,cpuacct');
  return { version: 1, cpu, memory, quota, disks: folder('blkio'), tasks: folder('pids') };
}

function unifiedGroup(folder: string): ContainerGroup {
  return { version: 2, cpu: folder, memory: folder, quota: folder, disks: folder, tasks: folder };
}

/** A container's first process may have gone into a group of its own below it, as systemd does. */
function groupOf(id: string, path: string): string | undefined {
  const at = path.indexOf(id);
  if (at < 0 || path.startsWith('/..')) return undefined;
  const end = path.indexOf('/', at);
  return end < 0 ? path : path.slice(0, end);
}

/** With cgroupfs and with systemd. */
function namesOf(id: string): string[] {
  return [`docker/${id}`, `system.slice/docker-${id}.scope`, `machine.slice/libpod-${id}.scope`];
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
