// Answers that are streams: what a source yields is written at the reader's pace, and the source ends with its call.
// How many may be open at a time is bounded, and how long each: a token is checked when a stream begins, and lives for
// minutes. One whose end would undo work lives longer.
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { grpcStatus } from './grpc-error.ts';

export interface StreamedAnswers {
  /** Resolves when the call has ended; never rejects. */
  answer<Request, T>(
    call: ServerWritableStream<Request, T>,
    source: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
    maxLifeMs?: number,
  ): Promise<void>;
  /** Ends them all. */
  endAll(error: LongshoreError): void;
}

export interface AnswerLimits {
  readonly maxOpen: number;
  readonly maxLifeMs: number;
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { maxOpen: 64, maxLifeMs: 600_000 };

export function createStreamedAnswers(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  limits: AnswerLimits = DEFAULT_ANSWER_LIMITS,
): StreamedAnswers {
  const open = new Set<AbortController>();
  return {
    async answer(call, source, maxLifeMs = limits.maxLifeMs) {
      const ending = new AbortController();
      const onCancelled = () => ending.abort(new LongshoreError('cancelled', 'the caller is gone'));
      call.once('cancelled', onCancelled);
      const done = new AbortController();
      const lived = clock.sleep(maxLifeMs, done.signal).then(
        () => ending.abort(),
        () => undefined,
      );
      try {
        if (open.size >= limits.maxOpen)
          throw new LongshoreError('exhausted', 'too many streams are open: retry');
        open.add(ending);
        const messages = await source(ending.signal);
        // There may be nothing to say for long, and the caller does not wait for long.
        if (!call.cancelled) call.sendMetadata(new Metadata());
        for await (const message of messages) {
          if (ending.signal.aborted) break;
          if (!call.write(message)) await drained(call, ending.signal);
        }
        finish(call, ending.signal.reason);
      } catch (error) {
        // What a source rejects with when it is told to end is no failure of its own.
        if (ending.signal.aborted) finish(call, ending.signal.reason);
        else {
          if (!(error instanceof LongshoreError))
            log.error({ err: error, path: call.getPath() }, 'call failed');
          if (!call.cancelled) call.emit('error', grpcStatus(error));
        }
      } finally {
        open.delete(ending);
        done.abort();
        await lived;
        call.off('cancelled', onCancelled);
      }
    },
    endAll(error) {
      for (const ending of open) ending.abort(error);
    },
  };
}

/** `reason`: why it was told to end; only errors of ours are failures, the end of a stream's life is none. */
function finish(
  call: Pick<ServerWritableStream<unknown, unknown>, 'cancelled' | 'end' | 'emit'>,
  reason: unknown,
): void {
  if (call.cancelled) return;
  if (reason instanceof LongshoreError) call.emit('error', grpcStatus(reason));
  else call.end();
}

function drained(
  call: Pick<ServerWritableStream<unknown, unknown>, 'once' | 'off'>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      call.off('drain', go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    call.once('drain', go);
    signal.addEventListener('abort', go, { once: true });
    if (signal.aborted) go();
  });
}
