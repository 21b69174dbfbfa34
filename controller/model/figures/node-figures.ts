// What is known of one node's use: of each agent's machine, of the pods that are on them, and the sum that stands for the
// node. Times are the controller's own: an agent's clock may be wrong.
import { known } from '../../../common/known.ts';
import type { Pod } from '../../../common/pod.ts';
import type { FilesystemStats__Output } from '../../../proto/gen/longshore/v1/FilesystemStats.ts';
import type { MachineStats__Output } from '../../../proto/gen/longshore/v1/MachineStats.ts';
import type { PodStats__Output } from '../../../proto/gen/longshore/v1/PodStats.ts';
import type { NodeCounters } from './node-counters.ts';

export interface NodeFigures {
  readonly nodeName: string;
  /** Since when the counters count, Unix milliseconds. */
  readonly startedAtMs: number;
  /** Those that told lately, by name. */
  readonly machines: readonly MachineFigures[];
  /** Undefined while no agent has told anything. */
  readonly counters: NodeCounters | undefined;
  readonly pods: readonly PodFigures[];
}

export interface MachineFigures {
  readonly agent: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  /** As the agent offers it, in cores and bytes. */
  readonly capacity: { readonly cpu: number; readonly memoryBytes: number };
  readonly atMs: number;
  readonly stats: MachineStats__Output;
}

export interface PodFigures {
  readonly pod: Pod;
  readonly atMs: number;
  /** The starts of its containers by our clock as well. */
  readonly stats: PodStats__Output;
  /** On which its containers write; null: not known. */
  readonly filesystem: MachineStats__Output['filesystem'];
}

/** What not every machine tells is undefined: part of a sum would pass for all of it. */
export interface MachineSum {
  /** Of the newest. */
  readonly atMs: number;
  readonly usageNanoCores: number | undefined;
  readonly usageBytes: number | undefined;
  readonly workingSetBytes: number;
  readonly availableBytes: number;
  readonly rssBytes: number | undefined;
  readonly swapBytes: number | undefined;
  readonly availableSwapBytes: number | undefined;
  readonly tasks: number | undefined;
  readonly maxTasks: number | undefined;
  readonly filesystem: FilesystemStats__Output | undefined;
}

/** All machines together; undefined where there are none. */
export function machineSum(machines: readonly MachineFigures[]): MachineSum | undefined {
  if (machines.length === 0) return undefined;
  const rates = machines.flatMap(({ stats }) => stats.cpu?.usageNanoCores ?? []);
  const sum = (of: (stats: MachineStats__Output) => number | undefined) =>
    machines.reduce((total, { stats }) => total + (of(stats) ?? 0), 0);
  const ofAll = (of: (stats: MachineStats__Output) => number | undefined) =>
    machines.some(({ stats }) => of(stats) === undefined) ? undefined : sum(of);
  return {
    atMs: Math.max(...machines.map(({ atMs }) => atMs)),
    usageNanoCores: rates.length === 0 ? undefined : rates.reduce((total, rate) => total + rate, 0),
    usageBytes: ofAll(({ memory }) => memory?.usageBytes),
    workingSetBytes: sum(({ memory }) => memory?.workingSetBytes),
    availableBytes: sum(({ memory }) => memory?.availableBytes),
    rssBytes: ofAll(({ memory }) => memory?.rssBytes),
    swapBytes: ofAll(({ memory }) => memory?.swapBytes),
    availableSwapBytes: ofAll(({ memory }) => memory?.availableSwapBytes),
    tasks: ofAll(({ tasks }) => tasks),
    maxTasks: ofAll(({ maxTasks }) => maxTasks),
    filesystem: machines.every(({ stats }) => stats.filesystem)
      ? {
          capacityBytes: sum(({ filesystem }) => filesystem?.capacityBytes),
          availableBytes: sum(({ filesystem }) => filesystem?.availableBytes),
          ...known({
            inodes: ofAll(({ filesystem }) => filesystem?.inodes),
            freeInodes: ofAll(({ filesystem }) => filesystem?.freeInodes),
          }),
        }
      : undefined,
  };
}

/** What the pod's containers have in memory, as `of` names it; undefined where none says. */
export function podMemory(
  { containers }: PodStats__Output,
  of: (memory: NonNullable<PodStats__Output['containers'][number]['memory']>) => number | undefined,
): number | undefined {
  const known = containers.flatMap(({ memory }) => (memory ? (of(memory) ?? []) : []));
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
}
