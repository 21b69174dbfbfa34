// Reads the text of the kernel's files about a cgroup and a network namespace. Pure; undefined for what is not as expected.
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

export interface CgroupTexts {
  readonly cpu: string;
  readonly memoryUsage: string;
  readonly memoryStat: string;
  readonly memoryEvents: string | undefined;
}

export function readingV2({ cpu, ...memory }: CgroupTexts): Reading | undefined {
  const cpuUsec = parseKeyed(cpu).get('usage_usec');
  return cpuUsec === undefined ? undefined : reading(cpuUsec, memory, V2);
}

/** `cpu` is in nanoseconds there. */
export function readingV1({ cpu, ...memory }: CgroupTexts): Reading | undefined {
  const cpuNanos = wholeNumber(cpu);
  return cpuNanos === undefined ? undefined : reading(Math.floor(cpuNanos / 1000), memory, V1);
}

const V1 = { prefix: 'total_', rss: 'rss', cache: 'cache' };
const V2 = { prefix: '', rss: 'anon', cache: 'file' };

function reading(
  cpuUsec: number,
  { memoryUsage, memoryStat, memoryEvents }: Omit<CgroupTexts, 'cpu'>,
  { prefix, rss, cache }: typeof V1,
): Reading | undefined {
  const usageBytes = wholeNumber(memoryUsage);
  if (usageBytes === undefined) return undefined;
  const stat = parseKeyed(memoryStat);
  const of = (name: string) => stat.get(`${prefix}${name}`);
  return {
    cpuUsec,
    memory: {
      usageBytes,
      workingSetBytes: Math.max(0, usageBytes - (of('inactive_file') ?? 0)),
      ...known('rssBytes', of(rss)),
      ...known('cacheBytes', of(cache)),
      ...known('pageFaults', of('pgfault')),
      ...known('majorPageFaults', of('pgmajfault')),
    },
    ...known('oomKills', memoryEvents === undefined ? undefined : parseKeyed(memoryEvents).get('oom_kill')),
  };
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

function wholeNumber(text: string): number | undefined {
  return /^\d+\n?$/.test(text) ? Number(text) : undefined;
}

function known<Name extends string>(name: Name, value: number | undefined): Partial<Record<Name, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, number>);
}
