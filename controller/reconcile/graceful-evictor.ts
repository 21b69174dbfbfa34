// Evicts pods through the eviction API, so that PodDisruptionBudgets hold: for whoever has time, unlike evictor.ts. What a
// budget refuses is asked again with growing pauses, for as long as the cause holds. Nothing is kept that a restart could
// lose: who wants pods gone says so again and again.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { type Pod, podKey } from '../../common/pod.ts';
import type { EventRecord, EventRecorder } from './event-recorder.ts';
import { createKeyedQueue, type QueueMeter } from './keyed-queue.ts';
import { podEvent } from './pod-event.ts';
import type { PodWriter } from './pod-writer.ts';

export interface GracefulCause {
  /** Told about the pod when the API server has taken the eviction. */
  readonly event: Pick<EventRecord, 'type' | 'reason' | 'message'>;
  /** Undefined: the pod's own. */
  readonly gracePeriodSeconds?: number | undefined;
  /** Asked before each try; once it is false the pod is left alone. */
  readonly holds: () => boolean;
}

export interface GracefulEvictor {
  /** Idempotent and cheap, to be called at every look; the newest cause counts. A pod that is being deleted is left alone. */
  evict(podUid: string, cause: GracefulCause): void;
  /** Why the last try did not succeed; undefined: there was none, or it did. */
  refusal(podUid: string): string | undefined;
  /** Works until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface GracefulEvictorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly writer: Pick<PodWriter, 'evict'>;
  readonly events: EventRecorder;
  /** The newest copy. */
  readonly pod: (uid: string) => Pod | undefined;
  readonly queueMeter?: QueueMeter | undefined;
}

const CONCURRENCY = 8;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** How long the watch may take to show what the API server has taken. */
const SHOWN_MS = 10_000;

interface Wanted {
  cause: GracefulCause;
  refusal?: string;
  /** When the API server took it, on the monotonic clock; the watch has yet to show it. */
  takenAtMs?: number;
}

export function createGracefulEvictor(options: GracefulEvictorOptions): GracefulEvictor {
  const { clock, log, writer, events, pod: podOf } = options;
  const wanted = new Map<string, Wanted>();

  const isTaken = ({ takenAtMs }: Wanted) =>
    takenAtMs !== undefined && clock.monotonicMs() - takenAtMs < SHOWN_MS;

  const work = async (uid: string, signal: AbortSignal): Promise<void> => {
    const wish = wanted.get(uid);
    const pod = podOf(uid);
    if (!wish) return;
    if (!pod || pod.metadata.deletionTimestamp !== undefined || !wish.cause.holds()) {
      wanted.delete(uid);
      return;
    }
    if (isTaken(wish)) return;
    const { namespace, name } = pod.metadata;
    const { event, gracePeriodSeconds } = wish.cause;
    const result = await writer
      .evict({ namespace, name }, { preconditions: { uid }, gracePeriodSeconds }, signal)
      .catch((error) => ({ kind: 'refused' as const, why: describeError(error) }));
    if (result.kind === 'refused') {
      wish.refusal = result.why;
      throw new LongshoreError('unavailable', result.why);
    }
    delete wish.refusal;
    wish.takenAtMs = clock.monotonicMs();
    queue.addAfter(uid, SHOWN_MS);
    if (result.kind === 'gone') return;
    log.info({ pod: podKey(pod), uid, why: event.message }, 'pod evicted');
    await events.record(podEvent(pod, event));
  };

  const queue = createKeyedQueue({
    clock,
    concurrency: CONCURRENCY,
    meter: options.queueMeter,
    work,
    initialRetryMs: FIRST_RETRY_MS,
    maxRetryMs: MAX_RETRY_MS,
    onFailure(uid, error, retryMs) {
      const pod = podOf(uid);
      log.info(
        { pod: pod && podKey(pod), uid, retryMs, reason: describeError(error) },
        'pod is not evicted yet',
      );
    },
  });

  return {
    evict(uid, cause) {
      const known = wanted.get(uid);
      // What was refused has a time of its own.
      if (known) known.cause = cause;
      else {
        wanted.set(uid, { cause });
        queue.add(uid);
      }
    },
    refusal: (uid) => wanted.get(uid)?.refusal,
    run: (signal) => queue.run(signal),
  };
}
