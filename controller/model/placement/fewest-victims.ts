// Whom of the pods of lower priority on one agent it takes to make room for another: all are thought gone, then one after
// the other comes back where there is room for it too, those first that budgets protect, then the more important.
import type { Pod } from '../../../common/pod.ts';
import type { Occupant } from './agent-load.ts';
import type { DisruptionBudgets } from './disruption-budget.ts';
import type { PreemptionCandidate } from './preemption-candidates.ts';
import { compareTimes, priorityOf } from './queue-order.ts';
import { type Newcomer, Vacancy } from './vacancy.ts';

export interface Victims {
  readonly pods: readonly Pod[];
  /** How many of them a budget protects. */
  readonly guarded: number;
}

/** Undefined when not even the end of all of lower priority makes room. */
export function fewestVictims(
  candidate: PreemptionCandidate,
  newcomer: Newcomer,
  budgets: DisruptionBudgets,
): Victims | undefined {
  using vacancy = new Vacancy(candidate, newcomer);
  if (!vacancy.isEnough) return undefined;
  const lesser = vacancy.gone.toSorted(compareImportance);
  const guarded = budgets.breaking(lesser);
  const inLine = guarded.size === 0 ? lesser : [...guarded, ...lesser.filter((one) => !guarded.has(one))];
  const victims = inLine.filter((one) => !vacancy.takesBack(one));
  return {
    pods: victims.map((one) => one.pod),
    guarded: victims.filter((one) => guarded.has(one)).length,
  };
}

/** The more important first. */
function compareImportance({ pod: a }: Occupant, { pod: b }: Occupant): number {
  return (
    priorityOf(b) - priorityOf(a) ||
    compareTimes(startedAt(a), startedAt(b)) ||
    (a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}

export function startedAt({ metadata, status }: Pod): string {
  return status?.startTime ?? metadata.creationTimestamp ?? '';
}
