// What agents say they use, for tests: the least that is whole, with what the test is about on top.
import type { ContainerStats } from '../../proto/gen/longshore/v1/ContainerStats.ts';
import type { PodStats } from '../../proto/gen/longshore/v1/PodStats.ts';
import type { StatsReport, StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { loadWire } from '../../proto/wire.ts';

const { Connect } = loadWire().session;

export function containerUse(change: Partial<ContainerStats> = {}): ContainerStats {
  return {
    name: 'main',
    id: 'c1',
    startedAtMs: Date.parse('2026-01-01T00:00:05Z'),
    cpu: { usageUsec: 2_500_000, usageNanoCores: 250_000_000, userUsec: 2_000_000, systemUsec: 500_000 },
    memory: {
      usageBytes: 5000,
      workingSetBytes: 4000,
      rssBytes: 3000,
      cacheBytes: 1000,
      pageFaults: 9,
      swapBytes: 64,
      swapLimitBytes: 100,
    },
    oomKills: 1,
    ...{ processes: 2, tasks: 5 },
    cfs: { periods: 100, throttledPeriods: 25, throttledUsec: 750_000 },
    diskIo: [
      { major: 8, device: 'sda', readBytes: 11, writeBytes: 12, reads: 1, writes: 2 },
      { major: 9, minor: 9, readBytes: 5 },
    ],
    ...change,
  };
}

export function podUse(change: Partial<PodStats> = {}): PodStats {
  return {
    uid: 'uid-web',
    cpu: { usageUsec: 3_000_000, usageNanoCores: 250_000_000 },
    network: [{ interface: 'eth0', rxBytes: 70, rxPackets: 7, txBytes: 30, txPackets: 3 }],
    containers: [containerUse()],
    ...change,
  };
}

/** As it comes over the wire. */
export function statsReport(change: StatsReport = {}): StatsReport__Output {
  const stats: StatsReport = {
    machine: {
      cpu: { usageUsec: 10_000_000, usageNanoCores: 500_000_000 },
      memory: {
        usageBytes: 3 * 2 ** 29,
        workingSetBytes: 2 ** 30,
        availableBytes: 2 ** 31,
        rssBytes: 2 ** 29,
        swapBytes: 16,
        availableSwapBytes: 48,
      },
      network: [{ interface: 'eth0', rxBytes: 1000, txBytes: 500 }],
      filesystem: { capacityBytes: 1000, availableBytes: 400, inodes: 50, freeInodes: 20 },
      ...{ tasks: 345, maxTasks: 32768 },
      services: [
        {
          ...{ name: 'agent', cpu: { usageUsec: 900_000, usageNanoCores: 5_000_000 } },
          memory: { usageBytes: 70, workingSetBytes: 70, rssBytes: 70 },
        },
      ],
      uptimeMs: 1,
    },
    pods: [podUse()],
    ...change,
  };
  const message = Connect.requestDeserialize(Connect.requestSerialize({ stats }));
  if (!message.stats) throw new Error('the report did not come over the wire');
  return message.stats;
}
