// A container's figures straight from the kernel, of cgroup version 1 or 2: a handful of short reads in memory, which cost
// less done at once than handed to another thread.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupTexts, parseMembership, parseNetwork, readingV1, readingV2 } from './cgroup-text.ts';
import type { Network, Reading } from './reading.ts';

export interface CgroupFiles {
  /** Undefined when the container has ended. */
  read(): Reading | undefined;
  /** Of the network namespace that it is in. */
  network(): Network;
}

export interface CgroupRoots {
  readonly cgroup: string;
  readonly proc: string;
}

const SYSTEM: CgroupRoots = { cgroup: '/sys/fs/cgroup', proc: '/proc' };

/**
 * Undefined where the kernel's files do not show this container: the engine is on another machine or in another
 * namespace, and its process ids mean others here.
 */
export function openCgroupFiles(
  { id, pid }: { readonly id: string; readonly pid: number },
  { cgroup, proc }: CgroupRoots = SYSTEM,
): CgroupFiles | undefined {
  const member = parseMembership(text(join(proc, String(pid), 'cgroup')) ?? '');
  const folder = (controller: string): string | undefined => {
    const found = [...member].find(([names]) => names.split(',').includes(controller));
    const [names = '', path = ''] = found ?? [];
    const own = groupOf(id, path);
    return own === undefined
      ? undefined
      : [names, controller].map((mount) => join(cgroup, mount, own)).find(existsSync);
  };
  const network = () => parseNetwork(text(join(proc, String(pid), 'net/dev')) ?? '');
  const unified = folder('');
  if (unified !== undefined && existsSync(join(unified, 'memory.stat')))
    return { read: () => withTexts(readingV2, v2Files(unified)), network };
  const [cpu, memory] = [folder('cpuacct'), folder('memory')];
  if (cpu === undefined || memory === undefined) return undefined;
  return { read: () => withTexts(readingV1, v1Files(cpu, memory)), network };
}

/** A container's first process may have gone into a group of its own below it, as systemd does. */
function groupOf(id: string, path: string): string | undefined {
  const at = path.indexOf(id);
  if (at < 0) return undefined;
  const end = path.indexOf('/', at);
  return end < 0 ? path : path.slice(0, end);
}

type CgroupPaths = Readonly<Record<keyof CgroupTexts, string>>;

function v2Files(folder: string): CgroupPaths {
  return {
    cpu: join(folder, 'cpu.stat'),
    memoryUsage: join(folder, 'memory.current'),
    memoryStat: join(folder, 'memory.stat'),
    memoryEvents: join(folder, 'memory.events'),
  };
}

function v1Files(cpu: string, memory: string): CgroupPaths {
  return {
    cpu: join(cpu, 'cpuacct.usage'),
    memoryUsage: join(memory, 'memory.usage_in_bytes'),
    memoryStat: join(memory, 'memory.stat'),
    memoryEvents: join(memory, 'memory.oom_control'),
  };
}

function withTexts(
  parse: (texts: CgroupTexts) => Reading | undefined,
  paths: CgroupPaths,
): Reading | undefined {
  const [cpu, memoryUsage, memoryStat] = [paths.cpu, paths.memoryUsage, paths.memoryStat].map(text);
  if (cpu === undefined || memoryUsage === undefined || memoryStat === undefined) return undefined;
  return parse({ cpu, memoryUsage, memoryStat, memoryEvents: text(paths.memoryEvents) });
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
