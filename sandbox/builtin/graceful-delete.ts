// What a DELETE means for one object, as a plan: pods are given grace, finalizers hold anything back, a grace period
// once set only ever shrinks. Pure; objects.ts carries the plan out.
import { listAt, numberAt, stringAt } from './json.ts';
import { type KubeObject, timestamp } from './kube-object.ts';

export interface DeleteRequest {
  readonly graceSeconds?: number;
  readonly addFinalizer?: string;
}

export interface Mark {
  readonly deletionTimestamp: string;
  readonly graceSeconds: number;
  readonly finalizers: readonly string[];
  readonly firstTime: boolean;
}

export type DeletePlan =
  /** With a mark it is seen once more, without any grace left, before it is gone. */
  | { readonly kind: 'remove'; readonly mark?: Mark }
  | { readonly kind: 'leave' }
  /** Stays as an object that is being deleted. */
  | { readonly kind: 'mark'; readonly mark: Mark };

export function planDelete(object: KubeObject, request: DeleteRequest, nowMs: number): DeletePlan {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = object.metadata;
  const held = request.addFinalizer ? [...new Set([...finalizers, request.addFinalizer])] : finalizers;
  const isGraceful = object.kind === 'Pod';
  const asked = request.graceSeconds !== undefined && request.graceSeconds < 0 ? 1 : request.graceSeconds;
  const plan = (graceSeconds: number, atMs: number): DeletePlan => {
    const firstTime = deletionTimestamp === undefined;
    const mark = { deletionTimestamp: timestamp(atMs), graceSeconds, finalizers: held, firstTime };
    if (graceSeconds > 0 || held.length > 0) return { kind: 'mark', mark };
    return isGraceful ? { kind: 'remove', mark } : { kind: 'remove' };
  };
  if (deletionTimestamp !== undefined && deletionGracePeriodSeconds !== undefined) {
    if (asked === undefined || asked >= deletionGracePeriodSeconds) return { kind: 'leave' };
    const atMs = Date.parse(deletionTimestamp) - (deletionGracePeriodSeconds - asked) * 1000;
    // Whoever has to act on it sees a grace, however short, even when all of it is over already.
    return atMs < nowMs ? plan(Math.min(asked, 1), nowMs) : plan(asked, atMs);
  }
  const graceSeconds = isGraceful ? podGraceSeconds(object, asked) : 0;
  return plan(graceSeconds, nowMs + graceSeconds * 1000);
}

/** A pod on no node, or one that has ended, needs no grace. */
function podGraceSeconds(pod: KubeObject, asked: number | undefined): number {
  const phase = stringAt(pod, 'status', 'phase');
  if (!stringAt(pod, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0;
  return asked ?? Math.max(numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 0, 0);
}

/** An update that takes the last finalizer off an object whose grace is over removes it. */
export function isFinished(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  const held =
    finalizers.length > 0 || (object.kind === 'Namespace' && listAt(object, 'spec', 'finalizers').length > 0);
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && !held;
}
