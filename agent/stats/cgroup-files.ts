// A control group's figures straight from the kernel, of cgroup version 1 or 2: a handful of short reads in memory, which cost
// less done at once than handed to another thread.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNetwork, readingV1, readingV2 } from './cgroup-text.ts';
import { type CgroupRoots, type ContainerGroup, findContainerGroup } from './container-group.ts';
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
  roots: CgroupRoots,
): CgroupFiles | undefined {
  const group = findContainerGroup(container, roots);
  return (
    group && {
      read: () => readGroup(group),
      network: () => parseNetwork(text(join(roots.proc, String(container.pid), 'net/dev')) ?? ''),
    }
  );
}

/** Undefined when it is gone. */
export function readGroup(group: ContainerGroup): Reading | undefined {
  return group.version === 2 ? readV2(group.memory) : readV1(group);
}

function readV2(folder: string): Reading | undefined {
  const file = (name: string) => text(join(folder, name));
  const [cpu, memoryUsage, memoryStat] = ['cpu.stat', 'memory.current', 'memory.stat'].map(file);
  if (cpu === undefined || memoryUsage === undefined || memoryStat === undefined) return undefined;
  return readingV2({
    ...{ cpu, memoryUsage, memoryStat },
    memoryLimit: file('memory.max'),
    memoryEvents: file('memory.events'),
    swapUsage: file('memory.swap.current'),
    swapLimit: file('memory.swap.max'),
    io: file('io.stat'),
    processes: file('cgroup.procs'),
    tasks: file('pids.current'),
  });
}

function readV1({ cpu: cpuFolder, memory, quota, disks, tasks }: ContainerGroup): Reading | undefined {
  const file = (folder: string | undefined, name: string) =>
    folder === undefined ? undefined : text(join(folder, name));
  // Of the two that may count, the one that does.
  const io = (name: string) => {
    const [throttle, scheduler] = ['throttle', 'bfq'].map((policy) => file(disks, `blkio.${policy}.${name}`));
    return scheduler !== undefined && /^\d+:/m.test(scheduler) ? scheduler : throttle;
  };
  const cpu = file(cpuFolder, 'cpuacct.usage');
  const memoryUsage = file(memory, 'memory.usage_in_bytes');
  const memoryStat = file(memory, 'memory.stat');
  if (cpu === undefined || memoryUsage === undefined || memoryStat === undefined) return undefined;
  return readingV1({
    ...{ cpu, memoryUsage, memoryStat },
    cpuShares: file(cpuFolder, 'cpuacct.stat'),
    cfs: file(quota, 'cpu.stat'),
    memoryLimit: file(memory, 'memory.limit_in_bytes'),
    memoryEvents: file(memory, 'memory.oom_control'),
    ioBytes: io('io_service_bytes_recursive'),
    ioOperations: io('io_serviced_recursive'),
    processes: file(memory, 'cgroup.procs'),
    tasks: file(tasks, 'pids.current'),
  });
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
