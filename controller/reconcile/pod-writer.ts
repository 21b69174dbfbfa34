// What the reconcilers need of the API server to write pods. kube/ implements it.
import type { Pod } from '../../common/pod.ts';
import type { StatusPatch } from '../model/pod-status.ts';

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
}

export interface PodPreconditions {
  readonly uid: string;
  readonly resourceVersion?: string;
}

export type PodWriteResult =
  | { readonly kind: 'ok'; readonly pod: Pod }
  /** There is no such pod, or another UID has its name. */
  | { readonly kind: 'gone' }
  /** The resourceVersion is no longer the newest. */
  | { readonly kind: 'conflict' };

export type EvictionResult =
  | { readonly kind: 'evicted' | 'gone' }
  /** Not now, in the server's words; worth another try. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Every write carries the UID, so nothing meant for one pod reaches its namesake. All else that goes wrong rejects
 * with a LongshoreError: `unavailable` and `exhausted` are worth a retry, `invalid` and `forbidden` say that the API
 * server refuses.
 */
export interface PodWriter {
  /** Strategic-merge PATCH of `pods/status` with `{metadata: {uid, resourceVersion?}, status: patch}`. */
  patchStatus(
    ref: PodRef,
    patch: StatusPatch,
    preconditions: PodPreconditions,
    signal: AbortSignal,
  ): Promise<PodWriteResult>;
  /** Merges annotations for people, through `pods/status` too. */
  annotate(
    ref: PodRef,
    annotations: Readonly<Record<string, string>>,
    preconditions: PodPreconditions,
    signal: AbortSignal,
  ): Promise<PodWriteResult>;
  /** DELETE with the pod's own grace. */
  delete(
    ref: PodRef,
    preconditions: PodPreconditions,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'deleted' | 'gone' | 'conflict' }>;
  /**
   * By the eviction API: the server says DisruptionTarget and deletes, unless a PodDisruptionBudget refuses. Without a grace:
   * the pod's own.
   */
  evict(
    ref: PodRef,
    options: { readonly preconditions: PodPreconditions; readonly gracePeriodSeconds?: number | undefined },
    signal: AbortSignal,
  ): Promise<EvictionResult>;
  /** DELETE with grace 0 and these preconditions. `gone` also when it was gone already. */
  finalDelete(
    ref: PodRef,
    preconditions: PodPreconditions,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'deleted' | 'gone' | 'conflict' }>;
}
