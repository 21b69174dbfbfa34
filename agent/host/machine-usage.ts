// What the machine as a whole uses now, whoever uses it: the CPU since it was last asked, and the memory that is not
// available. Two short reads of /proc, so that it can go with every heartbeat.
import { cpus, freemem, totalmem } from 'node:os';

export interface MachineUsage {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export interface UsageSource {
  readonly cpus: () => readonly { readonly times: Readonly<Record<string, number>> }[];
  readonly memoryBytes: () => number;
}

const SYSTEM: UsageSource = { cpus, memoryBytes: () => totalmem() - freemem() };

/** The first answer is of the time since the machine's boot. */
export function createMachineUsage(source: UsageSource = SYSTEM): () => MachineUsage {
  let before: CpuTimes = { busy: 0, total: 0 };
  return () => {
    const all = source.cpus();
    const now = sum(all.map(({ times }) => times));
    const [busy, total] = [now.busy - before.busy, now.total - before.total];
    before = now;
    // Counters of a virtual machine may go backwards a little.
    const share = total > 0 ? Math.min(1, Math.max(0, busy / total)) : 0;
    return {
      cpuMilli: Math.round(share * all.length * 1000),
      memoryBytes: Math.max(0, source.memoryBytes()),
    };
  };
}

interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** Of all CPUs together, since the machine's boot. */
export function busyMs(all: ReturnType<UsageSource['cpus']>): number {
  return sum(all.map(({ times }) => times)).busy;
}

function sum(all: readonly Readonly<Record<string, number>>[]): CpuTimes {
  let [busy, total] = [0, 0];
  for (const times of all) {
    for (const [kind, time] of Object.entries(times)) {
      total += time;
      if (kind !== 'idle') busy += time;
    }
  }
  return { busy, total };
}
