// What pods use as operators see it: of those that are measured on an agent that is connected.
import { isTerminal } from '../../common/pod.ts';
import type { PodStats__Output } from '../../proto/gen/longshore/v1/PodStats.ts';
import { podMemory } from '../model/figures/node-figures.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { PodEntry } from './pod-entry.ts';
import type { StatsBook } from './stats-book.ts';

/** As quantities by resource; what is not known is not there. */
export function podUse(from: {
  readonly registry: Pick<AgentRegistry, 'link'>;
  readonly stats: Pick<StatsBook, 'of'>;
}): (entry: Readonly<PodEntry>) => Record<string, string> {
  const byAgent = new Map<string, ReadonlyMap<string, PodStats__Output>>();
  const told = (agentUid: string): ReadonlyMap<string, PodStats__Output> => {
    const pods = from.registry.link(agentUid) ? (from.stats.of(agentUid)?.report.pods ?? []) : [];
    const known = byAgent.get(agentUid) ?? new Map(pods.map((pod) => [pod.uid, pod]));
    byAgent.set(agentUid, known);
    return known;
  };
  return ({ uid, pod, placement }) => {
    const stats = placement && !isTerminal(pod?.status) ? told(placement.agentUid).get(uid) : undefined;
    if (!stats) return {};
    const nanoCores = stats.cpu?.usageNanoCores;
    const memory = podMemory(stats, ({ workingSetBytes }) => workingSetBytes);
    return {
      ...(nanoCores !== undefined && { cpu: `${Math.round(nanoCores / 1e6)}m` }),
      ...(memory !== undefined && { memory: String(memory) }),
    };
  };
}
