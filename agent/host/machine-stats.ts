// What the machine as a whole has used, whoever used it: counters since its boot, and its memory and disk as they are now.
import { readFile } from 'node:fs/promises';
import { cpus, freemem, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import type { MachineStats } from '../../proto/gen/longshore/v1/MachineStats.ts';
import type { NetworkStats } from '../../proto/gen/longshore/v1/NetworkStats.ts';
import type { Disk } from './machine-conditions.ts';
import { busyMs } from './machine-usage.ts';

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
  const interfaces = network(await readFile(join(procFolder, '1/net/dev'), 'utf8').catch(() => ''));
  const availableBytes = freemem();
  const usedBytes = Math.max(0, totalmem() - availableBytes);
  return {
    cpu: { usageUsec: Math.round(busyMs(cpus()) * 1000) },
    memory: { usageBytes: usedBytes, workingSetBytes: usedBytes, availableBytes },
    network: interfaces.filter(({ interface: name = '' }) => !VIRTUAL.test(name)),
    ...(found && {
      filesystem: { capacityBytes: found.totalBytes, availableBytes: found.availableBytes },
    }),
    uptimeMs: Math.round(uptime() * 1000),
  };
}
