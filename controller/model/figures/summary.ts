// `/stats/summary` as the kubelet writes it (stats/v1alpha1). What is not known is left out. With `brief` it is CPU and
// memory alone.
import type { CpuStats__Output } from '../../../proto/gen/longshore/v1/CpuStats.ts';
import type { MemoryStats__Output } from '../../../proto/gen/longshore/v1/MemoryStats.ts';
import type { NetworkStats__Output } from '../../../proto/gen/longshore/v1/NetworkStats.ts';
import type { PodStats__Output } from '../../../proto/gen/longshore/v1/PodStats.ts';
import { toSeconds } from '../timestamp.ts';
import { machineSum, type NodeFigures, type PodFigures, podMemory } from './node-figures.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SummaryOptions {
  /** CPU and memory, and no more. */
  readonly brief: boolean;
}

export function statsSummary(figures: NodeFigures, options: SummaryOptions): Json {
  return { node: nodeStats(figures, options), pods: figures.pods.map((pod) => podStats(pod, options)) };
}

function nodeStats(
  { nodeName, startedAtMs, machines, counters }: NodeFigures,
  { brief }: SummaryOptions,
): Json {
  const sum = machineSum(machines);
  const named = { nodeName, startTime: toSeconds(startedAtMs) };
  if (!sum || !counters) return named;
  const time = toSeconds(sum.atMs);
  const { cpuUsec, rxBytes, rxErrors, txBytes, txErrors } = counters;
  const usage = {
    ...named,
    cpu: cpuStats({ usageUsec: cpuUsec, usageNanoCores: sum.usageNanoCores }, time),
    memory: {
      time,
      availableBytes: sum.availableBytes,
      usageBytes: sum.workingSetBytes,
      workingSetBytes: sum.workingSetBytes,
    },
  };
  if (brief) return usage;
  const fs = filesystem(sum.filesystem, time);
  const names = new Set(machines.flatMap(({ stats }) => stats.network.map((one) => one.interface)));
  return {
    ...usage,
    network: { time, name: names.size === 1 ? [...names][0] : 'all', rxBytes, rxErrors, txBytes, txErrors },
    fs,
    runtime: { imageFs: fs, containerFs: fs },
  };
}

function podStats({ pod, stats, atMs }: PodFigures, { brief }: SummaryOptions): Json {
  const { name, namespace, uid } = pod.metadata;
  const time = toSeconds(atMs);
  const of = (pick: (memory: MemoryStats__Output) => number | undefined) => podMemory(stats, pick);
  const memory = {
    time,
    usageBytes: of(({ usageBytes }) => usageBytes),
    workingSetBytes: of(({ workingSetBytes }) => workingSetBytes),
    rssBytes: of(({ rssBytes }) => rssBytes),
    pageFaults: of(({ pageFaults }) => pageFaults),
    majorPageFaults: of(({ majorPageFaults }) => majorPageFaults),
  };
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime ?? time,
    containers: stats.containers.map((container) => containerStats(container, { time, brief })),
    ...(stats.cpu && { cpu: cpuStats(stats.cpu, time) }),
    memory,
    ...(brief ? {} : storageAndNetwork(stats, time)),
  };
}

function storageAndNetwork({ network, containers }: PodStats__Output, time: string): Json {
  const written = containers.flatMap(({ writtenBytes }) => writtenBytes ?? []);
  const usedBytes = written.reduce((sum, bytes) => sum + bytes, 0);
  return {
    ...(network.length > 0 && { network: networkStats(network, time) }),
    ...(written.length > 0 && { 'ephemeral-storage': { time, usedBytes } }),
  };
}

function containerStats(
  { name, startedAtMs, cpu, memory, writtenBytes }: PodStats__Output['containers'][number],
  { time, brief }: { readonly time: string; readonly brief: boolean },
): Json {
  return {
    name,
    startTime: toSeconds(startedAtMs),
    ...(cpu && { cpu: cpuStats(cpu, time) }),
    ...(memory && { memory: memoryStats(memory, time) }),
    ...(!brief && writtenBytes !== undefined && { rootfs: { time, usedBytes: writtenBytes } }),
  };
}

function cpuStats({ usageUsec, usageNanoCores }: CpuStats__Output, time: string): Json {
  return { time, usageNanoCores, usageCoreNanoSeconds: usageUsec * 1000 };
}

function memoryStats(memory: MemoryStats__Output, time: string): Json {
  const { availableBytes, usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults } = memory;
  return { time, availableBytes, usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults };
}

/** The first interface is the pod's own; the others are beside it. */
function networkStats(network: readonly NetworkStats__Output[], time: string): Json {
  const interfaces = network.map(({ interface: name, rxBytes, rxErrors, txBytes, txErrors }) => ({
    ...{ name, rxBytes, rxErrors, txBytes, txErrors },
  }));
  return { time, ...interfaces[0], interfaces };
}

function filesystem(
  { capacityBytes, availableBytes }: { readonly capacityBytes: number; readonly availableBytes: number },
  time: string,
): Json {
  return { time, availableBytes, capacityBytes, usedBytes: Math.max(0, capacityBytes - availableBytes) };
}
