// Brings together who wants bytes from an agent and the call the agent opens to send them. A stream id is 128 random
// bits, bound to the agent it was given to, and waits 30 s. The bytes go from the call to the reader at the reader's
// pace: nothing is read ahead of what HTTP/2 and gRPC hold already. Whoever ends first, nothing stays behind.
import { randomBytes } from 'node:crypto';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { StreamEnd__Output } from '../../proto/gen/longshore/v1/StreamEnd.ts';
import type { StreamFrame, StreamFrame__Output } from '../../proto/gen/longshore/v1/StreamFrame.ts';
import { MAX_FRAME_BYTES } from '../../proto/wire.ts';
import { grpcStatus } from './grpc-error.ts';
import type { CertifiedAgent } from './peer.ts';

export type StreamCall = ServerDuplexStream<StreamFrame__Output, StreamFrame>;

export interface StreamBroker {
  /**
   * Asks the agent for a stream and resolves once it has accepted the request. Aborting the signal cancels at any time.
   */
  open(
    agent: CertifiedAgent,
    signal: AbortSignal,
    request: (streamId: string) => void,
  ): Promise<AsyncIterable<Buffer>>;
  /** A call an agent has opened. Resolves when the call has ended; never rejects. */
  accept(call: StreamCall, agent: CertifiedAgent): Promise<void>;
  /** Streams waited for or open. */
  readonly size: number;
}

export interface StreamLimits {
  readonly answerWithinMs: number;
  readonly maxPerAgent: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = { answerWithinMs: 30_000, maxPerAgent: 100 };

interface Ticket {
  readonly agentUid: string;
  readonly signal: AbortSignal;
  /** The agent's call is here. */
  readonly take: (call: StreamCall, frames: AsyncIterator<StreamFrame__Output>) => Promise<void>;
}

export function createStreamBroker(clock: Clock, limits: StreamLimits = DEFAULT_STREAM_LIMITS): StreamBroker {
  const waiting = new Map<string, Ticket>();
  const perAgent = new Map<string, number>();
  let open = 0;

  function occupy(agentUid: string): () => void {
    const count = perAgent.get(agentUid) ?? 0;
    if (count >= limits.maxPerAgent) {
      throw new LongshoreError(
        'exhausted',
        `${count} streams of this agent are open already: close some and retry`,
      );
    }
    perAgent.set(agentUid, count + 1);
    open++;
    return () => {
      open--;
      const left = (perAgent.get(agentUid) ?? 1) - 1;
      if (left > 0) perAgent.set(agentUid, left);
      else perAgent.delete(agentUid);
    };
  }

  return {
    async open(agent, signal, request) {
      signal.throwIfAborted();
      const release = occupy(agent.identity.uid);
      const streamId = randomBytes(16).toString('hex');
      const answered = new AbortController();
      try {
        return await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
          waiting.set(streamId, {
            agentUid: agent.identity.uid,
            signal,
            take: (call, frames) =>
              relay({ call, frames, signal, accepted: resolve, refused: reject }).finally(release),
          });
          const unanswered = clock.sleep(limits.answerWithinMs, AbortSignal.any([signal, answered.signal]));
          unanswered.then(
            () => reject(unavailable(`agent '${agent.identity.name}' did not answer`)),
            () => signal.aborted && reject(cancelReason(signal)),
          );
          request(streamId);
        });
      } finally {
        answered.abort();
        // Still there: no call has taken it, so nobody else releases it.
        if (waiting.delete(streamId)) release();
      }
    },

    async accept(call, agent) {
      // Leaving off must not destroy the call: its status has still to be sent.
      const frames = call.iterator({ destroyOnReturn: false }) as AsyncIterator<StreamFrame__Output>;
      try {
        const first = await withDeadline(frames.next(), clock, limits.answerWithinMs);
        const streamId = first.done ? undefined : first.value.opened?.streamId;
        const ticket = streamId === undefined ? undefined : waiting.get(streamId);
        if (!streamId || !ticket || ticket.agentUid !== agent.identity.uid || ticket.signal.aborted) {
          throw new LongshoreError('not-found', 'nobody waits for this stream any more');
        }
        waiting.delete(streamId);
        await ticket.take(call, frames);
      } catch (error) {
        if (!call.cancelled) call.emit('error', grpcStatus(error));
      }
    },

    get size() {
      return open;
    },
  };
}

interface Relay {
  readonly call: StreamCall;
  readonly frames: AsyncIterator<StreamFrame__Output>;
  readonly signal: AbortSignal;
  readonly accepted: (bytes: AsyncIterable<Buffer>) => void;
  readonly refused: (error: unknown) => void;
}

/** Runs a call from its second frame to its end; resolves when both sides have done with it. */
async function relay({ call, frames, signal, accepted, refused }: Relay): Promise<void> {
  const finished = Promise.withResolvers<void>();
  const cut = cutOff(call, signal);
  try {
    const first = await Promise.race([nextFrame(frames), cut.promise]);
    if (first.kind === 'end') {
      const refusal = refusalOf(first.end);
      if (refusal) refused(refusal);
      else accepted(emptyIterable());
      return;
    }
    accepted(iterable(first.data, frames, cut.promise, finished.resolve));
    // The reader may never start to read: the signal or the end of the call then finishes it.
    await Promise.race([finished.promise, cut.promise]);
  } catch (error) {
    refused(signal.aborted ? cancelReason(signal) : error);
  } finally {
    cut.release();
    call.end();
  }
}

/** Rejects when the reader cancels or the agent's connection breaks. */
function cutOff(call: StreamCall, signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  const onAbort = () => reject(cancelReason(signal));
  const onCancelled = () => reject(unavailable('the agent broke the stream off'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  call.on('cancelled', onCancelled);
  if (call.cancelled) onCancelled();
  return {
    promise,
    release: () => {
      signal.removeEventListener('abort', onAbort);
      call.off('cancelled', onCancelled);
    },
  };
}

async function* iterable(
  first: Buffer,
  frames: AsyncIterator<StreamFrame__Output>,
  cut: Promise<never>,
  finish: () => void,
): AsyncGenerator<Buffer> {
  try {
    if (first.byteLength > 0) yield first;
    for (;;) {
      const frame = await Promise.race([nextFrame(frames), cut]);
      if (frame.kind === 'end') {
        const failure = refusalOf(frame.end);
        if (failure) throw failure;
        return;
      }
      if (frame.data.byteLength > 0) yield frame.data;
    }
  } finally {
    finish();
  }
}

type Frame =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'end'; readonly end: StreamEnd__Output };

async function nextFrame(frames: AsyncIterator<StreamFrame__Output>): Promise<Frame> {
  const next = await frames.next().catch((error: unknown) => {
    throw unavailable('the agent broke the stream off', error);
  });
  if (next.done) throw unavailable('the agent broke the stream off');
  const { data, end } = next.value;
  if (end) return { kind: 'end', end };
  if (!data) throw new LongshoreError('invalid', 'a frame of the stream is neither data nor its end');
  if (data.byteLength > MAX_FRAME_BYTES) {
    throw new LongshoreError('invalid', `a frame of the stream has more than ${MAX_FRAME_BYTES} bytes`);
  }
  return { kind: 'data', data };
}

const MAX_REFUSAL = 4096;

/** Undefined when the stream ended well. */
function refusalOf(end: StreamEnd__Output): LongshoreError | undefined {
  const message = end.message.slice(0, MAX_REFUSAL);
  switch (end.result) {
    case 'STREAM_RESULT_OK':
      return undefined;
    case 'STREAM_RESULT_NOT_FOUND':
      return new LongshoreError('not-found', message);
    case 'STREAM_RESULT_BAD_REQUEST':
      return new LongshoreError('invalid', message);
    default:
      return unavailable(message || 'the agent could not go on');
  }
}

async function* emptyIterable(): AsyncGenerator<Buffer> {}

async function withDeadline<T>(work: Promise<T>, clock: Clock, ms: number): Promise<T> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => {
    throw new LongshoreError('not-found', 'the stream was opened without saying which');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}

function cancelReason(signal: AbortSignal): LongshoreError {
  const { reason } = signal;
  return reason instanceof LongshoreError
    ? new LongshoreError('unavailable', reason.message, { cause: reason })
    : new LongshoreError('cancelled', 'the stream was cancelled', { cause: reason });
}

function unavailable(message: string, cause?: unknown): LongshoreError {
  return new LongshoreError('unavailable', message, { cause });
}
