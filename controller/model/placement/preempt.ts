// Which pods of lower priority must end so that one can start, as the scheduler chooses: on each agent as few as needed,
// those least that a budget protects; then the agent where it hurts least. Pods that are ending count as gone: were others
// ended in their place, it would be more than needed whenever some victims are heard of before the rest.
import type { Pod } from '../../../common/pod.ts';
import type { DisruptionBudgets } from './disruption-budget.ts';
import { fewestVictims, startedAt, type Victims } from './fewest-victims.ts';
import type { PlacementAgent } from './placement-agent.ts';
import {
  type PreemptionCandidate,
  type PreemptionQuestion,
  preemptionCandidates,
  wantedBy,
} from './preemption-candidates.ts';
import { compareTimes, priorityOf } from './queue-order.ts';
import { sum } from './resources.ts';
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

/** So many agents where it would do are compared before one that breaks no budget is taken: the scheduler looks at a part of all, too. */
const ENOUGH = 100;

export function findPreemption(input: PreemptionInput): Preemption | undefined {
  const { pod, room, budgets } = input;
  if (pod.spec.preemptionPolicy === 'Never') return undefined;
  const wanted = wantedBy(room.requests);
  const candidates = preemptionCandidates({ ...input, wanted });
  let best: Option | undefined;
  let compared = 0;
  for (const candidate of candidates) {
    const isEnough = compared >= ENOUGH;
    if (best?.guarded === 0 && (isEnough || best.highest < candidate.leastPriority)) break;
    if (best && !mayBeBetter(candidate, best)) {
      compared++;
      continue;
    }
    if (isEnough && !mayBreakNone(candidate, input)) continue;
    const victims = fewestVictims(candidate, { pod, wanted, room }, budgets);
    if (!victims) continue;
    compared++;
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

/** Where lesser pods do not suffice, better than one unprotected pod is only one that alone leaves enough and is no older. */
function mayBeBetter({ load, gaps, leastPriority }: PreemptionCandidate, best: Option): boolean {
  const [only, ...others] = best.pods;
  if (!only || others.length > 0 || best.guarded > 0 || leastPriority < best.highest) return true;
  for (const { pod, requests } of load.occupants.values()) {
    const isFit = priorityOf(pod) <= best.highest && compareTimes(startedAt(pod), startedAt(only)) >= 0;
    if (isFit && gaps.every(({ name, lacking }) => lacking <= (requests.get(name) ?? 0n))) return true;
  }
  return false;
}

/** What may end without breaking a budget could leave enough. */
function mayBreakNone({ load, gaps }: PreemptionCandidate, { pod, budgets }: PreemptionInput): boolean {
  const priority = priorityOf(pod);
  const free = [...load.occupants.values()].filter(
    (one) => priorityOf(one.pod) < priority && !budgets.isExhausted(one),
  );
  const freed = sum(free.map(({ requests }) => requests));
  return free.length > 0 && gaps.every(({ name, lacking }) => lacking <= (freed.get(name) ?? 0n));
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
