// What a DELETE means for one object, as a plan: pods are given grace, finalizers hold anything back, a grace period
// once set only ever shrinks. Pure; objects.ts carries the plan out.
import { listAt, numberAt, stringAt } from './json.ts';
import { type KubeObject, timestamp } from './kube-object.ts';

export interface DeleteRequest {
  readonly graceSeconds?: number;
  readonly addFinalizer?: string;
}

export type DeletePlan =
  | { readonly kind: 'remove' }
  | { readonly kind: 'leave' }
  | {
      /** Stays as an object that is being deleted. */
      readonly kind: 'mark';
      readonly deletionTimestamp: string;
      readonly graceSeconds: number;
      readonly finalizers: readonly string[];
      readonly firstTime: boolean;
    };

export function planDelete(object: KubeObject, request: DeleteRequest, nowMs: number): DeletePlan {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = object.metadata;
  const held = request.addFinalizer ? [...new Set([...finalizers, request.addFinalizer])] : finalizers;
  const mark = (graceSeconds: number, atMs: number): DeletePlan => ({
    kind: 'mark',
    deletionTimestamp: timestamp(atMs),
    graceSeconds,
    finalizers: held,
    firstTime: deletionTimestamp === undefined,
  });
  if (deletionTimestamp !== undefined && deletionGracePeriodSeconds !== undefined) {
    const asked = request.graceSeconds === undefined ? undefined : Math.max(0, request.graceSeconds);
    if (asked === undefined || asked >= deletionGracePeriodSeconds) return { kind: 'leave' };
    if (asked === 0 && held.length === 0) return { kind: 'remove' };
    return mark(asked, Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds - asked) * 1000);
  }
  const graceSeconds = object.kind === 'Pod' ? podGraceSeconds(object, request.graceSeconds) : 0;
  if (graceSeconds === 0 && held.length === 0) return { kind: 'remove' };
  return mark(graceSeconds, nowMs + graceSeconds * 1000);
}

/** A pod on no node, or one that has ended, needs no grace. */
function podGraceSeconds(pod: KubeObject, asked: number | undefined): number {
  const phase = stringAt(pod, 'status', 'phase');
  if (!stringAt(pod, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  const graceSeconds = asked ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 0;
  return graceSeconds < 0 ? 1 : graceSeconds;
}

/** An update that takes the last finalizer off an object whose grace is over removes it. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const held =
    finalizers.length > 0 || (object.kind === 'Namespace' && listAt(object, 'spec', 'finalizers').length > 0);
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && !held;
}
