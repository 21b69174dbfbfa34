// What the machine as a whole has used, whoever used it: counters since its boot, and its memory and disk as they are now.
import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import { known } from '../../common/known.ts';
import type { MachineStats } from '../../proto/gen/longshore/v1/MachineStats.ts';
import type { NetworkStats } from '../../proto/gen/longshore/v1/NetworkStats.ts';
import type { Disk } from './machine-conditions.ts';
import { busyMs } from './machine-usage.ts';
import { parseMeminfo } from './system-files.ts';

export interface MachineStatsDeps {
  /** The machine's `/proc`. */
  readonly procFolder: string;
  /** Of the engine's images. */
  readonly disk: () => Promise<Disk | undefined>;
  readonly network: (text: string) => readonly NetworkStats[];
}

/** What containers and bridges add is counted where it leaves the machine. */
const VIRTUAL = /^(veth|docker|br-|virbr|cni|flannel|cali|tunl|dummy)/;

export async function readMachineStats({
  procFolder,
  disk,
  network,
}: MachineStatsDeps): Promise<MachineStats> {
  const found = await disk();
  // Of the machine's first process: this one may be in a network of its own.
  const text = (path: string) => readFile(join(procFolder, path), 'utf8').catch(() => '');
  const interfaces = network(await text('1/net/dev'));
  const [meminfo, tasks] = [parseMeminfo(await text('meminfo')), await readTasks(text)];
  const availableBytes = freemem();
  const workingSetBytes = Math.max(0, totalmem() - availableBytes);
  const occupiedBytes = meminfo?.freeBytes === undefined ? 0 : meminfo.totalBytes - meminfo.freeBytes;
  return {
    cpu: { usageUsec: Math.round(busyMs(cpus()) * 1000) },
    memory: {
      ...{ usageBytes: Math.max(workingSetBytes, occupiedBytes), workingSetBytes, availableBytes },
      ...known({
        rssBytes: meminfo?.anonymousBytes,
        swapBytes: meminfo?.swap && meminfo.swap.totalBytes - meminfo.swap.freeBytes,
        availableSwapBytes: meminfo?.swap?.freeBytes,
      }),
    },
    network: interfaces.filter(({ interface: name = '' }) => !VIRTUAL.test(name)),
    ...(found && {
      filesystem: {
        ...{ capacityBytes: found.totalBytes, availableBytes: found.availableBytes },
        ...(found.totalInodes > 0 && { inodes: found.totalInodes, freeInodes: found.freeInodes }),
      },
    }),
    ...tasks,
    uptimeMs: Math.round(uptime() * 1000),
  };
}

/** Processes and their threads, as the kernel counts both against the same limits. */
async function readTasks(
  text: (path: string) => Promise<string>,
): Promise<Pick<MachineStats, 'tasks' | 'maxTasks'>> {
  const [, tasks] = /^\S+ \S+ \S+ \d+\/(\d+) /.exec(await text('loadavg')) ?? [];
  const limits = [await text('sys/kernel/pid_max'), await text('sys/kernel/threads-max')];
  const least = limits.flatMap((limit) => (/^\d+\n?$/.test(limit) ? [Number(limit)] : []));
  return {
    ...(tasks !== undefined && { tasks: Number(tasks) }),
    ...(least.length > 0 && { maxTasks: Math.min(...least) }),
  };
}
