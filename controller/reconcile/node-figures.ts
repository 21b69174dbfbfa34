// Puts together what is known of one node's use, from memory: of agents that told lately, and of pods that are on them. What
// an agent says of pods that are not its own does not count.
import { isTerminal } from '../../common/pod.ts';
import { parseQuantity, wholeUnits } from '../../common/quantity.ts';
import type { MachineFigures, NodeFigures, PodFigures } from '../model/figures/node-figures.ts';
import type { AgentRegistry, FleetAgent } from './agent-registry.ts';
import type { PodController } from './pod-controller.ts';
import type { StatsBook } from './stats-book.ts';

export interface NodeFiguresOptions {
  readonly registry: Pick<AgentRegistry, 'agentsOf' | 'get'>;
  readonly pods: Pick<PodController, 'entries'>;
  readonly stats: Pick<StatsBook, 'of' | 'counters'>;
  readonly startedAtMs: number;
}

export function nodeFigures(nodeName: string, options: NodeFiguresOptions): NodeFigures {
  const { registry, stats, startedAtMs } = options;
  const machines = registry.agentsOf(nodeName).flatMap((agent) => machineFigures(agent, options));
  return {
    nodeName,
    startedAtMs,
    machines: machines.toSorted((a, b) => (a.agent < b.agent ? -1 : 1)),
    counters: stats.counters(nodeName),
    pods: podFigures(nodeName, options),
  };
}

function machineFigures(
  { name, uid }: FleetAgent,
  { registry, stats }: NodeFiguresOptions,
): MachineFigures[] {
  const figures = stats.of(uid);
  const entry = registry.get(uid);
  const machine = figures?.report.machine;
  if (!figures || !entry || !machine) return [];
  const { facts, bootId } = entry;
  const amount = (resource: string) => parseQuantity(facts?.capacity[resource] ?? '0') ?? 0n;
  return [
    {
      agent: name,
      machineId: facts?.machineId ?? '',
      systemUuid: facts?.systemUuid ?? '',
      bootId,
      capacity: { cpu: Number(amount('cpu')) / 1000, memoryBytes: wholeUnits(amount('memory')) },
      atMs: figures.atMs,
      stats: machine,
    },
  ];
}

function podFigures(nodeName: string, { pods, stats }: NodeFiguresOptions): PodFigures[] {
  const byAgent = new Map<string, ReadonlyMap<string, PodFigures['stats']>>();
  const told = (agentUid: string) => {
    const known = byAgent.get(agentUid);
    if (known) return known;
    const reported = stats.of(agentUid)?.report.pods ?? [];
    const fresh = new Map(reported.map((pod) => [pod.uid, pod]));
    byAgent.set(agentUid, fresh);
    return fresh;
  };
  return pods.entries().flatMap(({ uid, pod, placement }) => {
    if (!pod || pod.spec.nodeName !== nodeName || !placement || isTerminal(pod.status)) return [];
    const found = told(placement.agentUid).get(uid);
    const figures = stats.of(placement.agentUid);
    if (!found || !figures) return [];
    const filesystem = figures.report.machine?.filesystem ?? null;
    return [{ pod, atMs: figures.atMs - found.ageMs, stats: found, filesystem }];
  });
}
