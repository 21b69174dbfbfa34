// Brings together who wants a stream from an agent and the call the agent opens for it. A stream id is 128 random bits,
// bound to the agent it was given to, and waits 30 s.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { type PacedReader, readPaced } from '../../common/paced-read.ts';
import type { StreamFrame__Output } from '../../proto/gen/longshore/v1/StreamFrame.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import { cancelReason, carryStream, type StreamCall } from './agent-stream.ts';
import { grpcStatus } from './grpc-error.ts';
import type { CertifiedAgent } from './peer.ts';

export interface StreamBroker {
  /**
   * Asks the agent for a stream and resolves once it has accepted the request. Aborting the signal cancels at any time.
   */
  open(agent: CertifiedAgent, signal: AbortSignal, ask: AskAgent): Promise<AgentStream>;
  /** A call an agent has opened. Resolves when the call has ended; never rejects. */
  accept(call: StreamCall, agent: CertifiedAgent): Promise<void>;
  /** Streams waited for or open. */
  readonly size: number;
}

/** Through the agent's session. */
export interface AskAgent {
  /** What is asked for, in a word. */
  readonly kind: string;
  /** Nothing of the stream is left; once, if it came so far. */
  readonly released?: () => void;
  /** For a stream with this id. */
  open(streamId: string): void;
  /** To cancel it; it may have ended meanwhile. */
  close(streamId: string): void;
}

export interface StreamLimits {
  readonly answerWithinMs: number;
  readonly maxPerAgent: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = { answerWithinMs: 30_000, maxPerAgent: 500 };

interface Ticket {
  readonly agentUid: string;
  readonly signal: AbortSignal;
  /** The agent's call is here. */
  readonly take: (call: StreamCall, frames: PacedReader<StreamFrame__Output>) => Promise<void>;
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
        `${count} streams of this agent are open already; close some or try again later`,
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
    async open(agent, signal, ask) {
      signal.throwIfAborted();
      const vacate = occupy(agent.identity.uid);
      const release = () => {
        vacate();
        ask.released?.();
      };
      const streamId = randomBytes(16).toString('hex');
      const answered = new AbortController();
      try {
        return await new Promise<AgentStream>((resolve, reject) => {
          waiting.set(streamId, {
            agentUid: agent.identity.uid,
            signal,
            take(call, frames) {
              const abandoned = () => ask.close(streamId);
              const carried = { call, frames, signal, accepted: resolve, refused: reject, abandoned };
              return carryStream(carried).finally(release);
            },
          });
          const unanswered = clock.sleep(limits.answerWithinMs, AbortSignal.any([signal, answered.signal]));
          unanswered.then(
            () => reject(unavailable(`agent '${agent.identity.name}' did not answer`)),
            () => signal.aborted && reject(cancelReason(signal)),
          );
          ask.open(streamId);
        });
      } finally {
        answered.abort();
        // Still there: no call has taken it, so nobody else releases it.
        if (waiting.delete(streamId)) {
          release();
          ask.close(streamId);
        }
      }
    },

    async accept(call, agent) {
      const frames = readPaced<StreamFrame__Output>(call);
      try {
        const first = await withDeadline(frames.next(), clock, limits.answerWithinMs);
        const streamId = first?.opened?.streamId;
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

function unavailable(message: string): LongshoreError {
  return new LongshoreError('unavailable', message);
}
