// How much more memory a pod may have, as for a kubelet: what its limit leaves beyond the working set. Its limit is that of the
// pod as a whole, or else of its containers together, if each has one.
import type { Pod } from '../../../common/pod.ts';
import { parseQuantity, wholeUnits } from '../../../common/quantity.ts';
import type { PodStats__Output } from '../../../proto/gen/longshore/v1/PodStats.ts';
import { podMemory } from './node-figures.ts';

/** Undefined: nothing limits it. */
export function podAvailableBytes({ spec, status }: Pod, stats: PodStats__Output): number | undefined {
  const limit = parseQuantity(String((status?.resources ?? spec.resources)?.limits?.['memory'] ?? ''));
  if (limit !== undefined) {
    const used = podMemory(stats, ({ workingSetBytes }) => workingSetBytes);
    return used === undefined ? undefined : Math.max(0, wholeUnits(limit) - used);
  }
  const isLimited = stats.containers.every(({ memory }) => memory?.availableBytes !== undefined);
  return isLimited ? podMemory(stats, ({ availableBytes }) => availableBytes) : undefined;
}
