// Reads the text of the kernel's files about a cgroup and a network namespace. Pure; undefined for what is not as expected.
import { known } from '../../common/known.ts';
import { type DeviceIo, parseBlkio, parseIoStat } from './disk-io.ts';
import type { Network, Reading } from './reading.ts';

/** The cgroup of each controller by `/proc/PID/cgroup`; that of version 2 under ''. */
export function parseMembership(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return new Map(lines.flatMap((found) => (found ? [[found[1] ?? '', found[2] ?? '']] : [])));
}

/** Files of `name number` lines. */
export function parseKeyed(text: string): ReadonlyMap<string, number> {
  const pairs = text.split('\n').map((line) => line.split(' '));
  return new Map(
    pairs.flatMap(([name = '', value = '']) => (/^\d+$/.test(value) ? [[name, Number(value)]] : [])),
  );
}

/** Of version 1 and 2 alike. What is not there the kernel was built, or is set up, without. */
interface SharedTexts {
  readonly memoryUsage: string;
  readonly memoryStat: string;
  readonly memoryLimit?: string;
  readonly memoryEvents?: string;
  readonly processes?: string;
  readonly tasks?: string;
}

export interface TextsV2 extends SharedTexts {
  readonly cpu: string;
  readonly swapUsage?: string;
  readonly swapLimit?: string;
  readonly io?: string;
}

export function readingV2(texts: TextsV2): Reading | undefined {
  const cpu = parseKeyed(texts.cpu);
  const cpuUsec = cpu.get('usage_usec');
  const memory = memoryOf(texts, V2);
  if (cpuUsec === undefined || !memory) return undefined;
  const [userUsec, systemUsec] = [cpu.get('user_usec'), cpu.get('system_usec')];
  const throttledUsec = cpu.get('throttled_usec') ?? 0;
  return {
    ...{ cpuUsec, ...known({ userUsec, systemUsec, cfs: cfsOf(cpu, throttledUsec) }) },
    memory: {
      ...memory,
      // `max` is none.
      ...known({ swapBytes: wholeNumber(texts.swapUsage), swapLimitBytes: wholeNumber(texts.swapLimit) }),
    },
    ...known({ diskIo: texts.io === undefined ? undefined : parseIoStat(texts.io) }),
    ...counts(texts),
  };
}

export interface TextsV1 extends SharedTexts {
  /** In nanoseconds. */
  readonly cpu: string;
  /** In hundredths of a second. */
  readonly cpuShares?: string;
  readonly cfs?: string;
  readonly ioBytes?: string;
  readonly ioOperations?: string;
}

export function readingV1(texts: TextsV1): Reading | undefined {
  const cpuNanos = wholeNumber(texts.cpu);
  const memory = memoryOf(texts, V1);
  if (cpuNanos === undefined || !memory) return undefined;
  const shares = parseKeyed(texts.cpuShares ?? '');
  const usec = (name: string) => {
    const ticks = shares.get(name);
    return ticks === undefined ? undefined : ticks * TICK_USEC;
  };
  const throttled = parseKeyed(texts.cfs ?? '');
  const cfs = cfsOf(throttled, Math.floor((throttled.get('throttled_time') ?? 0) / 1000));
  const stat = parseKeyed(texts.memoryStat);
  const [withSwap, alone] = [stat.get('hierarchical_memsw_limit'), stat.get('hierarchical_memory_limit')];
  const isLimited = withSwap !== undefined && alone !== undefined && withSwap < UNLIMITED_V1;
  return {
    ...{ cpuUsec: Math.floor(cpuNanos / 1000) },
    ...known({ userUsec: usec('user'), systemUsec: usec('system'), cfs }),
    memory: {
      ...memory,
      ...known({
        swapBytes: stat.get('total_swap'),
        swapLimitBytes: isLimited ? Math.max(0, withSwap - alone) : undefined,
      }),
    },
    ...known({ diskIo: blkioOf(texts) }),
    ...counts(texts),
  };
}

const TICK_USEC = 10_000;
/** Where there is no limit the kernel writes one that no machine reaches: of all kernels the lowest is that of 32 bits. */
const UNLIMITED_V1 = (2 ** 31 - 1) * 4096;

function blkioOf({ ioBytes, ioOperations }: TextsV1): DeviceIo[] | undefined {
  if (ioBytes === undefined || ioOperations === undefined) return undefined;
  return parseBlkio({ bytes: ioBytes, operations: ioOperations });
}

function cfsOf(stat: ReadonlyMap<string, number>, throttledUsec: number): Reading['cfs'] {
  const [periods = 0, throttledPeriods = 0] = [stat.get('nr_periods'), stat.get('nr_throttled')];
  // Where nothing is limited, there are no periods.
  return periods === 0 ? undefined : { periods, throttledPeriods, throttledUsec };
}

const V1 = { prefix: 'total_', rss: 'rss', cache: 'cache', mapped: 'mapped_file' };
const V2 = { prefix: '', rss: 'anon', cache: 'file', mapped: 'file_mapped' };

function memoryOf(
  { memoryUsage, memoryStat, memoryLimit }: SharedTexts,
  { prefix, rss, cache, mapped }: typeof V1,
): Reading['memory'] | undefined {
  const usageBytes = wholeNumber(memoryUsage);
  if (usageBytes === undefined) return undefined;
  const stat = parseKeyed(memoryStat);
  const of = (name: string) => stat.get(`${prefix}${name}`);
  const workingSetBytes = Math.max(0, usageBytes - (of('inactive_file') ?? 0));
  // No limit is `max`, or in version 1 one that no machine reaches.
  const limitBytes = wholeNumber(memoryLimit);
  const isLimited = limitBytes !== undefined && limitBytes < UNLIMITED_V1;
  return {
    ...{ usageBytes, workingSetBytes },
    ...known({
      availableBytes: isLimited ? Math.max(0, limitBytes - workingSetBytes) : undefined,
      rssBytes: of(rss),
      cacheBytes: of(cache),
      mappedFileBytes: of(mapped),
      pageFaults: of('pgfault'),
      majorPageFaults: of('pgmajfault'),
    }),
  };
}

function counts({ memoryEvents, processes, tasks }: SharedTexts) {
  const lines = processes?.split('\n').filter((line) => line !== '').length;
  return known({
    oomKills: memoryEvents === undefined ? undefined : parseKeyed(memoryEvents).get('oom_kill'),
    // None: they are in groups below this one.
    processes: lines === 0 ? undefined : lines,
    tasks: wholeNumber(tasks),
  });
}

const MAX_INTERFACES = 64;

/** `/proc/PID/net/dev`, without the loopback. */
export function parseNetwork(text: string): Network {
  const rows = text.split('\n').map((line) => /^\s*([^\s:]+):\s*(.*)$/.exec(line));
  return rows
    .flatMap((row) => {
      const [, name = '', counters = ''] = row ?? [];
      const numbers = counters.trim().split(/\s+/).map(Number);
      if (name === '' || name === 'lo' || numbers.length < 12 || numbers.some(Number.isNaN)) return [];
      const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDropped = 0] = numbers;
      const [txBytes = 0, txPackets = 0, txErrors = 0, txDropped = 0] = numbers.slice(8);
      const received = { rxBytes, rxErrors, rxPackets, rxDropped };
      return [{ interface: name, ...received, txBytes, txErrors, txPackets, txDropped }];
    })
    .slice(0, MAX_INTERFACES);
}

function wholeNumber(text: string | undefined): number | undefined {
  const value = text !== undefined && /^\d+\n?$/.test(text) ? Number(text) : undefined;
  // More than can be counted is as good as no bound.
  return Number.isSafeInteger(value) ? value : undefined;
}
