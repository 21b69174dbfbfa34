// CPU time as the kernel counts it, in nanoseconds since some beginning: of the machine as a whole, and of one control group.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWord } from './sensor-files.ts';

export interface CpuTimes {
  readonly busyNs: number;
  readonly totalNs: number;
}

/** The kernel shows programs a hundred ticks a second, whatever it counts with. */
const TICK_NS = 10_000_000;

/** The first line of /proc/stat. What a hypervisor took away is nobody's here. */
export async function readMachineCpu(root: string): Promise<CpuTimes | undefined> {
  const [, line] = /^cpu +([\d ]+)$/m.exec((await readWord(root, 'proc/stat')) ?? '') ?? [];
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    line?.trim().split(/ +/).map(Number) ?? [];
  if (user === undefined || nice === undefined || system === undefined || idle === undefined)
    return undefined;
  const busy = user + nice + system + irq + softirq;
  return { busyNs: busy * TICK_NS, totalNs: (busy + idle + iowait + steal) * TICK_NS };
}

/** Of version 2 or, below `cpuacct`, of version 1. Undefined: there is no such group. */
export function readGroupCpuNs(root: string, group: string): number | undefined {
  const groups = join(root, 'sys/fs/cgroup');
  return readFolderCpuNs(join(groups, group)) ?? readFolderCpuNs(join(groups, 'cpuacct', group));
}

/** Of a control group by its folder, with all that is or ever was below it. Undefined: it is no more. */
export function readFolderCpuNs(folder: string): number | undefined {
  const [, usec] = /^usage_usec (\d{1,18})$/m.exec(text(join(folder, 'cpu.stat'))) ?? [];
  if (usec !== undefined) return Number(usec) * 1000;
  const usage = text(join(folder, 'cpuacct.usage')).trim();
  return /^\d{1,20}$/.test(usage) ? Number(usage) : undefined;
}

/** Short files in memory, many of them: that costs less done at once than handed to another thread. */
function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
