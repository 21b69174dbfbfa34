// A container's log as the kubelet gives it: stdout and stderr interleaved, read from Docker at the reader's pace, never
// held as a whole.
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { AskDocker, DockerAnswer } from './docker-answers.ts';
import { dialLogs } from './docker-logs.ts';
import { createLogFrames } from './log-frames.ts';
import { pastOf } from './log-past.ts';

export interface LogOptions {
  readonly containerId: string;
  /** The container has a terminal: Docker sends its bytes as they are. */
  readonly tty: boolean;
  readonly follow: boolean;
  /** Each line begins with its time in RFC 3339 and a space. */
  readonly timestamps: boolean;
  /** Unix milliseconds. */
  readonly sinceTimeMs?: number;
  /** 0: none of the past. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Default: both. */
  readonly only?: 'stdout' | 'stderr';
  /** The container runs; one that does not is not followed. */
  readonly live: boolean;
}

export interface LogsDeps {
  readonly ask: AskDocker;
  readonly clock: Clock;
}

/**
 * Resolves once Docker has accepted the request. Returning from the iteration, or aborting, closes the connection.
 * Rejects with `not-found` when the container is gone, `unavailable` when Docker cannot say.
 */
export async function openContainerLogs(
  { ask, clock }: LogsDeps,
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  signal.throwIfAborted();
  const follow = options.follow && options.live;
  if (options.tailLines === 0 && !follow) return nothing();
  const source = await dialLogs(ask, { ...options, ...(await pastOf(ask, options, signal)), follow }, signal);
  const chunks = gathered(source, clock, signal);
  const lines = options.tty ? chunks : unframed(chunks, options.timestamps);
  const bytes = options.limitBytes === undefined ? lines : limited(lines, options.limitBytes);
  return endingWith(bytes, source, signal);
}

async function* nothing(): AsyncGenerator<Buffer> {}

const LITTLE_BYTES = 16 * 1024;
const MOMENT_MS = 2;

/** Docker gives lines one by one. To pass each on would cost more than its bytes, so after little, more is given a moment. */
async function* gathered(source: DockerAnswer, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    yield chunk;
    if (chunk.length < LITTLE_BYTES) await Promise.race([source.filled(), clock.sleep(MOMENT_MS, signal)]);
  }
}

/** What the container wrote, without Docker's frames. */
async function* unframed(source: AsyncIterable<Buffer>, timestamps: boolean): AsyncGenerator<Buffer> {
  const frames = createLogFrames(timestamps);
  for await (const chunk of source) {
    const bytes = chunk.subarray(0, frames.read(chunk));
    if (bytes.length > 0) yield bytes;
    if (frames.failure) throw frames.failure;
  }
}

async function* limited(source: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let left = limitBytes;
  for await (const chunk of source) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** However the iteration ends, the connection does too; an abort is told as what it is. */
async function* endingWith(
  bytes: AsyncIterable<Buffer>,
  source: DockerAnswer,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof LongshoreError
      ? error
      : new LongshoreError('unavailable', `Docker ended the log early: ${describeError(error)}`, {
          cause: error,
        });
  } finally {
    source.destroy();
  }
}
