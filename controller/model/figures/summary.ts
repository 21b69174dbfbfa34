// `/stats/summary` as the kubelet writes it (stats/v1alpha1). What is not known is left out. With `brief` it is CPU and
// memory alone.
import type { Pod } from '../../../common/pod.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import type { CpuStats__Output } from '../../../proto/gen/longshore/v1/CpuStats.ts';
import type { MemoryStats__Output } from '../../../proto/gen/longshore/v1/MemoryStats.ts';
import type { NetworkStats__Output } from '../../../proto/gen/longshore/v1/NetworkStats.ts';
import type { PodStats__Output } from '../../../proto/gen/longshore/v1/PodStats.ts';
import { placedSince } from '../placement-record.ts';
import { toSeconds } from '../timestamp.ts';
import {
  type MachineFigures,
  machineSum,
  type NodeFigures,
  type PodFigures,
  podMemory,
} from './node-figures.ts';
import { podAvailableBytes } from './pod-available.ts';
import { storageStats, wholeFileSystem, writtenStats } from './storage-stats.ts';
import { systemContainers } from './system-containers.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SummaryOptions {
  /** CPU and memory, and no more. */
  readonly brief: boolean;
}

export function statsSummary(figures: NodeFigures, options: SummaryOptions): Json {
  return { node: nodeStats(figures, options), pods: figures.pods.map((pod) => podStats(pod, options)) };
}

function nodeStats(figures: NodeFigures, { brief }: SummaryOptions): Json {
  const { nodeName, startedAtMs, machines, counters } = figures;
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
      usageBytes: sum.usageBytes,
      workingSetBytes: sum.workingSetBytes,
      rssBytes: sum.rssBytes,
    },
    ...swapStats({ bytes: sum.swapBytes, availableBytes: sum.availableSwapBytes }, time),
  };
  if (brief) return usage;
  const fs = sum.filesystem && wholeFileSystem(sum.filesystem, time);
  return {
    ...usage,
    network: {
      time,
      name: interfaceName(machines),
      ...{ rxBytes, rxErrors, txBytes, txErrors },
      ...ofOne(machines),
    },
    ...(fs && { fs, runtime: { imageFs: fs, containerFs: fs } }),
    ...(sum.tasks !== undefined && { rlimit: { time, maxpid: sum.maxTasks, curproc: sum.tasks } }),
    systemContainers: systemContainers(figures, time),
  };
}

function interfaceName(machines: readonly MachineFigures[]): string | undefined {
  const names = new Set(machines.flatMap(({ stats }) => stats.network.map((one) => one.interface)));
  return names.size === 1 ? [...names][0] : 'all';
}

/** The interfaces of several machines would be told apart by nothing. */
function ofOne(machines: readonly MachineFigures[]): Json {
  const [one, ...others] = machines;
  return one && others.length === 0 ? { interfaces: one.stats.network.map(interfaceStats) } : {};
}

function podStats(figures: PodFigures, { brief }: SummaryOptions): Json {
  const { pod, stats, atMs, filesystem } = figures;
  const { name, namespace, uid } = pod.metadata;
  const time = toSeconds(atMs);
  const of = (pick: (memory: MemoryStats__Output) => number | undefined) => podMemory(stats, pick);
  const memory = {
    time,
    availableBytes: podAvailableBytes(pod, stats),
    usageBytes: of(({ usageBytes }) => usageBytes),
    workingSetBytes: of(({ workingSetBytes }) => workingSetBytes),
    rssBytes: of(({ rssBytes }) => rssBytes),
    pageFaults: of(({ pageFaults }) => pageFaults),
    majorPageFaults: of(({ majorPageFaults }) => majorPageFaults),
  };
  return {
    podRef: { name, namespace, uid },
    startTime: toSeconds(podStart(pod, stats) ?? atMs),
    containers: stats.containers.map((one) => containerStats(one, { time, brief, filesystem })),
    ...(stats.cpu && { cpu: cpuStats(stats.cpu, time) }),
    memory,
    ...swapStats({ bytes: of(({ swapBytes }) => swapBytes), availableBytes: undefined }, time),
    ...(brief ? {} : { ...networkOf(stats, time), ...storageStats(figures, time), ...processStats(stats) }),
  };
}

/** By the controller's clock, where the status has the agent's; a placement that was written anew is younger than its pod. */
function podStart({ status }: Pod, { containers }: PodStats__Output): number | undefined {
  const placedMs = placedSince(status);
  const starts = containers.flatMap(({ startedAtMs }) => (startedAtMs > 0 ? [startedAtMs] : []));
  return placedMs === undefined ? undefined : Math.min(placedMs, ...starts);
}

function processStats({ containers }: PodStats__Output): Json {
  if (containers.some(({ processes }) => processes === undefined)) return {};
  return {
    process_stats: { process_count: containers.reduce((sum, { processes = 0 }) => sum + processes, 0) },
  };
}

function networkOf({ network }: PodStats__Output, time: string): Json {
  return network.length > 0 ? { network: networkStats(network, time) } : {};
}

interface ContainerOptions extends SummaryOptions {
  readonly time: string;
  readonly filesystem: PodFigures['filesystem'];
}

function containerStats(
  container: ContainerStats__Output,
  { time, brief, filesystem }: ContainerOptions,
): Json {
  const { name, startedAtMs, cpu, memory } = container;
  return {
    name,
    ...(startedAtMs > 0 && { startTime: toSeconds(startedAtMs) }),
    ...(cpu && { cpu: cpuStats(cpu, time) }),
    ...(memory && { memory: memoryStats(memory, time), ...containerSwap(memory, time) }),
    ...(!brief && writtenStats(container, { time, filesystem })),
  };
}

function cpuStats({ usageUsec, usageNanoCores }: CpuStats__Output, time: string): Json {
  return { time, usageNanoCores, usageCoreNanoSeconds: usageUsec * 1000 };
}

function memoryStats(memory: MemoryStats__Output, time: string): Json {
  const { availableBytes, usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults } = memory;
  return { time, availableBytes, usageBytes, workingSetBytes, rssBytes, pageFaults, majorPageFaults };
}

function containerSwap({ swapBytes, swapLimitBytes }: MemoryStats__Output, time: string): Json {
  const availableBytes =
    swapBytes !== undefined && swapLimitBytes !== undefined
      ? Math.max(0, swapLimitBytes - swapBytes)
      : undefined;
  return swapStats({ bytes: swapBytes, availableBytes }, time);
}

/** The first interface is the pod's own; the others are beside it. */
function networkStats(network: readonly NetworkStats__Output[], time: string): Json {
  const interfaces = network.map(interfaceStats);
  return { time, ...interfaces[0], interfaces };
}

function interfaceStats({
  interface: name,
  rxBytes,
  rxErrors,
  txBytes,
  txErrors,
}: NetworkStats__Output): Json {
  return { name, rxBytes, rxErrors, txBytes, txErrors };
}

interface Swap {
  readonly bytes: number | undefined;
  readonly availableBytes: number | undefined;
}

function swapStats({ bytes, availableBytes }: Swap, time: string): Json {
  if (bytes === undefined) return {};
  return { swap: { time, swapAvailableBytes: availableBytes, swapUsageBytes: bytes } };
}
