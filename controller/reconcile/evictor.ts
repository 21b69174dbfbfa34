// Ends pods that must leave their agent, the way Kubernetes' own controllers do: the condition DisruptionTarget says why,
// an event tells, and the pod is deleted with its own grace. Whoever asks gives a cause; a cause that no longer holds when
// its turn comes is dropped. What is not finished when the controller dies is decided anew by the next.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod, podKey } from '../../common/pod.ts';
import { toSeconds } from '../model/timestamp.ts';
import type { EventRecord, EventRecorder } from './event-recorder.ts';
import { createKeyedQueue, type QueueMeter } from './keyed-queue.ts';
import { podEvent } from './pod-event.ts';
import type { PodWriter } from './pod-writer.ts';

export interface EvictionCause {
  /** Of the condition: what `podFailurePolicy` and people look for. */
  readonly condition: { readonly reason: string; readonly message: string };
  readonly event: Pick<EventRecord, 'type' | 'reason' | 'message'>;
  /** Asked once more before anything is written. */
  readonly holds: () => boolean;
}

export interface Evictor {
  /** Idempotent: a pod that is ending already is left alone. */
  evict(podUid: string, cause: EvictionCause): void;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EvictorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly writer: PodWriter;
  readonly events: EventRecorder;
  /** The newest copy. */
  readonly pod: (uid: string) => Pod | undefined;
  readonly queueMeter?: QueueMeter | undefined;
}

const CONCURRENCY = 8;
/** How long the watch may take to show what the API server has taken. */
const SHOWN_MS = 10_000;

export function createEvictor(options: EvictorOptions): Evictor {
  const { clock, log, writer, events, pod: podOf } = options;
  const causes = new Map<string, EvictionCause>();
  /** When the API server took our delete, on the monotonic clock; the watch has yet to show it. */
  const deletedAtMs = new Map<string, number>();

  const isDeleted = (uid: string): boolean => {
    const sinceMs = clock.monotonicMs() - (deletedAtMs.get(uid) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= SHOWN_MS) deletedAtMs.delete(uid);
    return deletedAtMs.has(uid);
  };

  const work = async (uid: string, signal: AbortSignal): Promise<void> => {
    const cause = causes.get(uid);
    const pod = podOf(uid);
    const isTaken = isDeleted(uid);
    if (!pod || !cause || isEnding(pod) || !cause.holds()) {
      causes.delete(uid);
      if (!pod || isEnding(pod)) deletedAtMs.delete(uid);
      return;
    }
    if (isTaken) return;
    const { namespace, name } = pod.metadata;
    const conditions = [disruptionTarget(pod, cause, clock.now())];
    await writer.patchStatus({ namespace, name }, { conditions }, { uid }, signal);
    await events.record(podEvent(pod, cause.event));
    const { kind } = await writer.delete({ namespace, name }, { uid }, signal);
    if (kind === 'deleted') {
      deletedAtMs.set(uid, clock.monotonicMs());
      queue.addAfter(uid, SHOWN_MS);
    }
    log.info({ pod: podKey(pod), uid, why: cause.condition.reason }, 'pod evicted');
    causes.delete(uid);
  };

  const queue = createKeyedQueue({
    clock,
    concurrency: CONCURRENCY,
    meter: options.queueMeter,
    work,
    onFailure: (uid, error, retryMs) => {
      const pod = podOf(uid);
      log.warn(
        { pod: pod && podKey(pod), uid, retryMs, reason: describeError(error) },
        'pod is not evicted yet',
      );
    },
  });

  return {
    evict(uid, cause) {
      causes.set(uid, cause);
      queue.add(uid);
    },
    run: (signal) => queue.run(signal),
  };
}

function isEnding({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || isTerminal(status);
}

function disruptionTarget(pod: Pod, { condition }: EvictionCause, nowMs: number) {
  const type = 'DisruptionTarget';
  const known = pod.status?.conditions?.find((candidate) => candidate.type === type);
  const since = known?.status === 'True' ? known.lastTransitionTime : undefined;
  return { type, status: 'True', lastTransitionTime: since ?? toSeconds(nowMs), ...condition };
}
