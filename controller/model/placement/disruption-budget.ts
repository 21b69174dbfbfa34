// PodDisruptionBudgets as preemption sees them: how many more pods of each may be disturbed.
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Json, Pod } from '../../../common/pod.ts';
import type { LabelSelector } from '../../../common/pod-references.ts';
import { matchesSelector } from '../label-selector.ts';

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

/** Those whose end, one after the other in this order, would break some budget. */
export function breakingBudgets(pods: readonly Pod[], budgets: readonly DisruptionBudget[]): Set<Pod> {
  const left = new Map(budgets.map((budget) => [budget, budget.allowed]));
  const breaking = new Set<Pod>();
  for (const pod of pods) {
    for (const budget of budgets) {
      if (!covers(budget, pod)) continue;
      const allowed = (left.get(budget) ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) breaking.add(pod);
    }
  }
  return breaking;
}

function covers({ namespace, selector, disrupted }: DisruptionBudget, { metadata }: Pod): boolean {
  return (
    namespace === metadata.namespace &&
    matchesSelector(selector, metadata.labels ?? {}) &&
    !disrupted.has(metadata.name)
  );
}
