// CPU time as the kernel counts it, in nanoseconds since some beginning: of the machine as a whole, and of one control group.
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

/** Where a control group's account may be: version 2, then version 1. Undefined: there is no such group. */
export async function readGroupCpuNs(root: string, group: string): Promise<number | undefined> {
  const groups = join(root, 'sys/fs/cgroup');
  const [, usec] = /^usage_usec (\d{1,18})$/m.exec((await readWord(groups, group, 'cpu.stat')) ?? '') ?? [];
  if (usec !== undefined) return Number(usec) * 1000;
  const usage = await readWord(groups, 'cpuacct', group, 'cpuacct.usage');
  return usage !== undefined && /^\d{1,20}$/.test(usage) ? Number(usage) : undefined;
}
