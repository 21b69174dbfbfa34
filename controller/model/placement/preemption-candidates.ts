// The agents on which the end of pods of lower priority could make room for another, by sums alone: a cheap look at a
// thousand of them before the close look at a few. Those come first where the least important pods suffice, then those
// where least is missing.
import type { Pod } from '../../../common/pod.ts';
import type { Milli } from '../../../common/quantity.ts';
import type { AgentLoad } from './agent-load.ts';
import type { JudgedAgent, PlacementContext } from './place.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { priorityOf } from './queue-order.ts';
import type { Resources } from './resources.ts';

/** What a pod asks for, by name. */
export type Wanted = readonly (readonly [name: string, asked: Milli])[];

export function wantedBy(requests: Resources): Wanted {
  return [...requests].filter(([, asked]) => asked > 0n);
}

export interface PreemptionCandidate {
  readonly agent: PlacementAgent;
  readonly load: AgentLoad;
  /** Without the end of one pod of at least this priority there will be no room. */
  readonly leastPriority: number;
  /** Of the resource that is shortest, which share of what is asked for is not there. */
  readonly missing: number;
  /** For pods that come before this one. */
  readonly kept: Resources;
  readonly gaps: readonly Gap[];
}

/** How much of a resource must come free. */
export interface Gap {
  readonly name: string;
  readonly lacking: Milli;
}

export interface PreemptionQuestion {
  readonly pod: Pod;
  readonly wanted: Wanted;
  /** Where pods that are ending have gone. */
  readonly context: Pick<PlacementContext, 'placed' | 'holds'>;
  /** What keeps the pod off each agent in this context. */
  readonly judged: readonly JudgedAgent[];
}

export function preemptionCandidates(input: PreemptionQuestion): PreemptionCandidate[] {
  const candidates: PreemptionCandidate[] = [];
  for (const { agent, load, obstacles } of input.judged) {
    if (!obstacles.every(({ until }) => until === 'room')) continue;
    const candidate = candidateOf(agent, load, input);
    if (candidate) candidates.push(candidate);
  }
  return candidates.sort(
    (a, b) =>
      a.leastPriority - b.leastPriority || a.missing - b.missing || (a.agent.name < b.agent.name ? -1 : 1),
  );
}

function candidateOf(
  agent: PlacementAgent,
  load: AgentLoad,
  { pod, wanted, context }: PreemptionQuestion,
): PreemptionCandidate | undefined {
  const priority = priorityOf(pod);
  const kept = context.holds.keptFrom(pod, agent.uid);
  const gaps: Gap[] = [];
  let missing = 0;
  for (const [name, asked] of wanted) {
    const taken = (load.requests.get(name) ?? 0n) + (kept.get(name) ?? 0n);
    const lacking = asked + taken - (agent.allocatable.get(name) ?? 0n);
    if (lacking <= 0n) continue;
    gaps.push({ name, lacking });
    missing = Math.max(missing, Number(lacking) / Number(asked));
  }
  let open: readonly Gap[] = gaps;
  for (const [leastPriority, freed] of load.requestsByPriority) {
    if (leastPriority >= priority) return undefined;
    open = narrowed(open, freed);
    if (open.length === 0) return { agent, load, kept, gaps, leastPriority, missing };
  }
  return undefined;
}

function narrowed(gaps: readonly Gap[], freed: Resources): readonly Gap[] {
  const open: Gap[] = [];
  for (const { name, lacking } of gaps) {
    const left = lacking - (freed.get(name) ?? 0n);
    if (left > 0n) open.push({ name, lacking: left });
  }
  return open;
}
