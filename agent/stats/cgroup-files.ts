// A container's figures straight from the kernel, of cgroup version 1 or 2: a handful of short reads in memory, which cost
// less done at once than handed to another thread.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupTexts, parseNetwork, readingV1, readingV2 } from './cgroup-text.ts';
import { type CgroupRoots, findContainerGroup, SYSTEM_ROOTS } from './container-group.ts';
import type { Network, Reading } from './reading.ts';

export interface CgroupFiles {
  /** Undefined when the container has ended. */
  read(): Reading | undefined;
  /** Of the network namespace that it is in. */
  network(): Network;
}

/** Undefined where the kernel's files do not show this container. */
export function openCgroupFiles(
  container: { readonly id: string; readonly pid: number },
  roots: CgroupRoots = SYSTEM_ROOTS,
): CgroupFiles | undefined {
  const group = findContainerGroup(container, roots);
  if (!group) return undefined;
  const { version, cpu, memory } = group;
  return {
    read: () =>
      version === 2 ? withTexts(readingV2, v2Files(cpu)) : withTexts(readingV1, v1Files(cpu, memory)),
    network: () => parseNetwork(text(join(roots.proc, String(container.pid), 'net/dev')) ?? ''),
  };
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
