// What Docker's figures of a container say, in our terms. Pure.
import { known } from '../../common/known.ts';
import type { Reading } from '../stats/reading.ts';

/** What Docker answers beyond what its types know. */
interface Stats {
  readonly cpu_stats: {
    readonly cpu_usage: {
      readonly total_usage: number;
      readonly usage_in_usermode?: number;
      readonly usage_in_kernelmode?: number;
    };
    readonly throttling_data?: {
      readonly periods?: number;
      readonly throttled_periods?: number;
      readonly throttled_time?: number;
    };
  };
  readonly memory_stats: {
    readonly usage?: number;
    readonly stats?: Readonly<Partial<Record<string, number>>>;
  };
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly Operation[] | null;
    readonly io_serviced_recursive?: readonly Operation[] | null;
  };
  readonly pids_stats?: { readonly current?: number };
}

interface Operation {
  readonly major: number;
  readonly minor: number;
  /** `Read`, or `read` of cgroup version 2. */
  readonly op: string;
  readonly value: number;
}

/**
 * One that does not run has no figures of its memory. Cgroup version 1 has its own names for those of version 2.
 * `memoryLimitBytes`: 0 is none.
 */
export function decodeReading(
  { cpu_stats, memory_stats, blkio_stats, pids_stats }: Stats,
  memoryLimitBytes: number,
): Reading | undefined {
  const { usage, stats } = memory_stats;
  if (usage === undefined) return undefined;
  const of = (...names: readonly string[]) => names.map((name) => stats?.[name]).find((n) => n !== undefined);
  const workingSetBytes = Math.max(0, usage - (of('total_inactive_file', 'inactive_file') ?? 0));
  const { total_usage, usage_in_usermode, usage_in_kernelmode } = cpu_stats.cpu_usage;
  return {
    cpuUsec: Math.floor(total_usage / 1000),
    ...known({
      userUsec: usage_in_usermode === undefined ? undefined : Math.floor(usage_in_usermode / 1000),
      systemUsec: usage_in_kernelmode === undefined ? undefined : Math.floor(usage_in_kernelmode / 1000),
      cfs: decodeThrottling(cpu_stats.throttling_data),
      diskIo: decodeDiskIo(blkio_stats),
      tasks: pids_stats?.current,
    }),
    memory: {
      ...{ usageBytes: usage, workingSetBytes },
      ...known({
        availableBytes: memoryLimitBytes > 0 ? Math.max(0, memoryLimitBytes - workingSetBytes) : undefined,
        rssBytes: of('total_rss', 'anon'),
        cacheBytes: of('total_cache', 'file'),
        mappedFileBytes: of('total_mapped_file', 'file_mapped'),
        swapBytes: of('total_swap'),
        pageFaults: of('total_pgfault', 'pgfault'),
        majorPageFaults: of('total_pgmajfault', 'pgmajfault'),
      }),
    },
  };
}

function decodeThrottling(data: Stats['cpu_stats']['throttling_data']): Reading['cfs'] {
  const { periods = 0, throttled_periods = 0, throttled_time = 0 } = data ?? {};
  if (periods === 0) return undefined;
  return { periods, throttledPeriods: throttled_periods, throttledUsec: Math.floor(throttled_time / 1000) };
}

const MAX_DISKS = 64;

function decodeDiskIo(stats: Stats['blkio_stats']): Reading['diskIo'] {
  const [bytes, operations] = [stats?.io_service_bytes_recursive, stats?.io_serviced_recursive];
  if (!bytes) return undefined;
  const disks = new Map(bytes.map(({ major, minor }) => [`${major}:${minor}`, { major, minor }]));
  return [...disks.values()].slice(0, MAX_DISKS).map((disk) => {
    const sum = (all: readonly Operation[], op: string) =>
      all
        .filter((one) => one.major === disk.major && one.minor === disk.minor && one.op.toLowerCase() === op)
        .reduce((total, { value }) => total + value, 0);
    const [readBytes, writeBytes] = [sum(bytes, 'read'), sum(bytes, 'write')];
    const counts = operations && { reads: sum(operations, 'read'), writes: sum(operations, 'write') };
    return { ...disk, readBytes, writeBytes, ...counts };
  });
}
