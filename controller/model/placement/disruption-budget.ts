// PodDisruptionBudgets as preemption sees them: how many more pods of each may be disturbed.
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Json } from '../../../common/pod.ts';
import type { LabelSelector } from '../../../common/pod-references.ts';
import { matchesSelector } from '../label-selector.ts';
import type { Occupant } from './agent-load.ts';
import type { PodGroup } from './pod-group.ts';

export interface DisruptionBudget {
  readonly namespace: string;
  readonly selector: LabelSelector | undefined;
  readonly allowed: number;
  /** Names of pods that are on their way out and counted already. */
  readonly disrupted: ReadonlySet<string>;
}

export function readBudget({ metadata, spec, status }: Json<V1PodDisruptionBudget>): DisruptionBudget {
  return {
    namespace: metadata?.namespace ?? '',
    selector: spec?.selector,
    allowed: status?.disruptionsAllowed ?? 0,
    disrupted: new Set(Object.keys(status?.disruptedPods ?? {})),
  };
}

/** All of them, as they are at one time. */
export interface DisruptionBudgets {
  readonly all: readonly DisruptionBudget[];
  /** Those of the pods whose end, one after the other in this order, would break some budget. */
  breaking(pods: readonly Occupant[]): ReadonlySet<Occupant>;
  /** The end of this pod breaks some budget, even if nobody else ends. */
  isExhausted(occupant: Occupant): boolean;
}

const NONE: ReadonlySet<Occupant> = new Set();

export function disruptionBudgets(all: readonly DisruptionBudget[]): DisruptionBudgets {
  const byNamespace = Map.groupBy(all, ({ namespace }) => namespace);
  const known = new WeakMap<PodGroup, readonly DisruptionBudget[]>();
  const budgetsOf = (group: PodGroup): readonly DisruptionBudget[] => {
    const before = known.get(group);
    if (before) return before;
    const inNamespace = byNamespace.get(group.namespace) ?? [];
    const found = inNamespace.filter(({ selector }) => matchesSelector(selector, group.labels));
    known.set(group, found);
    return found;
  };

  return {
    all,
    breaking(pods) {
      if (all.length === 0) return NONE;
      const left = new Map<DisruptionBudget, number>();
      const breaking = new Set<Occupant>();
      for (const occupant of pods) {
        for (const budget of budgetsOf(occupant.group)) {
          if (budget.disrupted.has(occupant.pod.metadata.name)) continue;
          const allowed = (left.get(budget) ?? budget.allowed) - 1;
          left.set(budget, allowed);
          if (allowed < 0) breaking.add(occupant);
        }
      }
      return breaking;
    },
    isExhausted: ({ group, pod }) =>
      budgetsOf(group).some(({ allowed, disrupted }) => allowed <= 0 && !disrupted.has(pod.metadata.name)),
  };
}
