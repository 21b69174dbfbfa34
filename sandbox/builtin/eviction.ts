// Evictions: a deletion that PodDisruptionBudgets may refuse. What a budget allows is counted from the pods when it is
// asked, since no controller keeps its status ahead of time.
import { internalError, tooManyRequests } from './api-error.ts';
import { at, ensureObject, objectAt, objectsAt, stringAt } from './json.ts';
import { type KubeObject, timestamp } from './kube-object.ts';
import { checkDeletePreconditions } from './object-form.ts';
import type { DeleteOptions, Objects, Target } from './objects.ts';
import { matchesLabelSelector } from './selectors.ts';

export function evictPod(objects: Objects, target: Target, options: DeleteOptions): void {
  const pod = objects.get(target);
  // Before anything is written: an eviction meant for another pod leaves no mark on this one.
  checkDeletePreconditions(target, options, pod);
  const budgets = objects
    .list(objects.registry.builtin('poddisruptionbudgets', 'policy'), target.namespace)
    .filter((budget) =>
      matchesLabelSelector(objectAt(budget, 'spec', 'selector'), pod.metadata.labels ?? {}),
    );
  if (!isFreeToGo(pod)) {
    if (budgets.length > 1) {
      throw internalError(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }
    for (const budget of budgets) checkBudget(objects, budget, pod);
  }
  if (options.dryRun || pod.metadata.deletionTimestamp !== undefined) {
    objects.delete(target, options);
    return;
  }
  // The mark is a write of its own, so a precondition on the version goes on with the version it made.
  const { resourceVersion = '' } = markDisrupted(objects, target).metadata;
  objects.delete(target, { ...options, resourceVersion });
}

function isFreeToGo(pod: KubeObject): boolean {
  const phase = stringAt(pod, 'status', 'phase') ?? '';
  return pod.metadata.deletionTimestamp !== undefined || ['Pending', 'Succeeded', 'Failed'].includes(phase);
}

export interface BudgetStatus {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

/** Pure: what the budget allows for these pods of its namespace. */
export function budgetStatus(budget: KubeObject, pods: readonly KubeObject[]): BudgetStatus {
  const selected = pods.filter((pod) =>
    matchesLabelSelector(objectAt(budget, 'spec', 'selector'), pod.metadata.labels ?? {}),
  );
  const expectedPods = selected.length;
  const currentHealthy = selected.filter(isHealthy).length;
  const minAvailable = at(budget, 'spec', 'minAvailable');
  const maxUnavailable = at(budget, 'spec', 'maxUnavailable');
  const desiredHealthy =
    maxUnavailable === undefined
      ? amount(minAvailable ?? 1, expectedPods)
      : Math.max(0, expectedPods - amount(maxUnavailable, expectedPods));
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed };
}

function amount(value: unknown, total: number): number {
  const percent = typeof value === 'string' ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? Number(value) || 0 : Math.ceil((Number(percent) * total) / 100);
}

function isHealthy(pod: KubeObject): boolean {
  return isReady(pod) && pod.metadata.deletionTimestamp === undefined;
}

function isReady(pod: KubeObject): boolean {
  const ready = objectsAt(pod, 'status', 'conditions').find((condition) => condition['type'] === 'Ready');
  return ready?.['status'] === 'True';
}

function checkBudget(objects: Objects, budget: KubeObject, pod: KubeObject): void {
  const status = budgetStatus(budget, objects.list(objects.registry.builtin('pods'), pod.metadata.namespace));
  const { desiredHealthy, currentHealthy, disruptionsAllowed } = status;
  if (disruptionsAllowed > 0) return;
  // A pod that is not ready is none of those the budget counts on.
  const unhealthyMayGo =
    stringAt(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow' ||
    (desiredHealthy > 0 && currentHealthy >= desiredHealthy);
  if (!isReady(pod) && unhealthyMayGo) return;
  const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0, [
    { reason: 'DisruptionBudget', message },
  ]);
}

function markDisrupted(objects: Objects, target: Target): KubeObject {
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: timestamp(objects.clock.now()),
  };
  return objects.change(target, {}, (next) => {
    const status = ensureObject(next, 'status');
    const others = objectsAt(status, 'conditions').filter((item) => item['type'] !== condition.type);
    status['conditions'] = [...others, condition];
  });
}
