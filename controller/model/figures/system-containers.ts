// `systemContainers` of the summary: what the machines' own programs use beside the pods, under the names that a kubelet
// gives them, and the pods together.
import type { ServiceStats__Output } from '../../../proto/gen/longshore/v1/ServiceStats.ts';
import { type NodeFigures, podMemory } from './node-figures.ts';

type Json = Readonly<Record<string, unknown>>;

export function systemContainers({ machines, counters, pods }: NodeFigures, time: string): Json[] {
  const service = (name: string, service: 'agent' | 'engine', usageUsec: number | undefined): Json[] => {
    const found = machines.map(({ stats }) => stats.services.find((one) => one.name === service));
    // Where one machine does not tell, the others are not all.
    if (found.some((one) => one === undefined) || usageUsec === undefined) return [];
    const sum = (of: (one: ServiceStats__Output) => number | undefined) =>
      total(found.map((one) => one && of(one)));
    const cpu = {
      time,
      usageNanoCores: sum(({ cpu }) => cpu?.usageNanoCores),
      usageCoreNanoSeconds: usageUsec * 1000,
    };
    const memory = {
      time,
      usageBytes: sum(({ memory }) => memory?.usageBytes),
      workingSetBytes: sum(({ memory }) => memory?.workingSetBytes),
      rssBytes: sum(({ memory }) => memory?.rssBytes),
    };
    return [{ name, cpu, memory }];
  };
  // What pods that are gone have used is in no counter of theirs any more, so there is none of all.
  const usageNanoCores = total(pods.map(({ stats }) => stats.cpu?.usageNanoCores));
  const workingSetBytes = total(
    pods.map(({ stats }) => podMemory(stats, (memory) => memory.workingSetBytes)),
  );
  return [
    ...service('kubelet', 'agent', counters?.agentCpuUsec),
    ...service('runtime', 'engine', counters?.engineCpuUsec),
    { name: 'pods', cpu: { time, usageNanoCores }, memory: { time, workingSetBytes } },
  ];
}

/** Undefined where one is. */
function total(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}
