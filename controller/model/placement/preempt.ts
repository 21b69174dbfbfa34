// Which pods of lower priority must end so that one can start, as the scheduler chooses: on each agent as few as needed,
// those least that a budget protects; then the agent where it hurts least. Pods that are ending count as gone: were others
// ended in their place, it would be more than needed whenever some victims are heard of before the rest.
import type { Pod } from '../../../common/pod.ts';
import type { DisruptionBudgets } from './disruption-budget.ts';
import { fewestVictims, startedAt, type Victims } from './fewest-victims.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { type PreemptionQuestion, preemptionCandidates, wantedBy } from './preemption-candidates.ts';
import { compareTimes, priorityOf } from './queue-order.ts';
import type { RoomFit } from './room-fit.ts';

export interface Preemption {
  readonly agent: PlacementAgent;
  readonly victims: readonly Pod[];
}

export interface PreemptionInput extends Omit<PreemptionQuestion, 'wanted'> {
  /** What it was judged by. */
  readonly room: RoomFit;
  readonly budgets: DisruptionBudgets;
}

/** So many agents where it would do are compared: in large clusters the scheduler compares a part of all, too. */
const ENOUGH = 100;

export function findPreemption(input: PreemptionInput): Preemption | undefined {
  const { pod, room, budgets } = input;
  if (pod.spec.preemptionPolicy === 'Never') return undefined;
  const wanted = wantedBy(room.requests);
  const candidates = preemptionCandidates({ ...input, wanted });
  let best: Option | undefined;
  let found = 0;
  for (const candidate of candidates) {
    // One that breaks no budget is looked for among all.
    if (best?.guarded === 0 && (found >= ENOUGH || best.highest < candidate.leastPriority)) break;
    const victims = fewestVictims(candidate, { pod, wanted, room }, budgets);
    if (!victims) continue;
    found += 1;
    const option = { agent: candidate.agent, ...victims, highest: Math.max(...victims.pods.map(priorityOf)) };
    if (!best || compareOptions(option, best) < 0) best = option;
  }
  return best && { agent: best.agent, victims: best.pods };
}

interface Option extends Victims {
  readonly agent: PlacementAgent;
  /** The highest priority among them. */
  readonly highest: number;
}

/** Fewest broken budgets, then the least important victim, the lowest priorities in sum, the fewest, the youngest. */
function compareOptions(a: Option, b: Option): number {
  // Negative priorities must not make many victims look better than one.
  const total = ({ pods }: Option) => pods.reduce((all, one) => all + priorityOf(one) + 2 ** 31, 0);
  const earliest = ({ pods }: Option) => pods.map(startedAt).toSorted(compareTimes)[0];
  return (
    a.guarded - b.guarded ||
    a.highest - b.highest ||
    total(a) - total(b) ||
    a.pods.length - b.pods.length ||
    compareTimes(earliest(b), earliest(a)) ||
    (a.agent.name < b.agent.name ? -1 : 1)
  );
}
