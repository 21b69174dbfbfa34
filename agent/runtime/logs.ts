// A container's log as the kubelet gives it: stdout and stderr interleaved, read from Docker at the reader's pace, never
// held as a whole.
import type Docker from 'dockerode';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { type Channel, createDemultiplexer, type Output } from './demux.ts';
import { type DockerLog, dialLogs } from './docker-logs.ts';
import { pastOf } from './log-past.ts';
import { createTerminalTimes } from './terminal-times.ts';

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
  readonly docker: Docker;
  readonly clock: Clock;
}

/**
 * Resolves once Docker has accepted the request. Returning from the iteration, or aborting, closes the connection.
 * Rejects with `invalid` when Docker has no such container or no log of it, `unavailable` when it cannot say.
 */
export async function openContainerLogs(
  { docker, clock }: LogsDeps,
  options: LogOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  signal.throwIfAborted();
  const follow = options.follow && options.live;
  if (options.tailLines === 0 && !follow) return nothing();
  const source = await dialLogs(
    docker,
    { ...options, ...(await pastOf(docker, options, signal)), follow },
    signal,
  );
  const chunks = gathered(source, clock, signal);
  const lines = linesOf(chunks, options);
  const bytes = options.limitBytes === undefined ? lines : limited(lines, options.limitBytes);
  return endingWith(bytes, source, signal);
}

async function* nothing(): AsyncGenerator<Buffer> {}

const LITTLE_BYTES = 32 * 1024;
const MOMENT_MS = 3;

/** Docker gives lines one by one. To pass each on would cost more than its bytes, so after little, more is given a moment. */
async function* gathered(source: DockerLog, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    yield chunk;
    if (chunk.length < LITTLE_BYTES) await clock.sleep(MOMENT_MS, signal);
  }
}

function linesOf(
  chunks: AsyncIterable<Buffer>,
  { tty, timestamps }: Pick<LogOptions, 'tty' | 'timestamps'>,
): AsyncIterable<Buffer> {
  if (!tty) return separated(chunks, timestamps);
  return timestamps ? withTimesOfLines(chunks) : chunks;
}

async function* withTimesOfLines(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const times = createTerminalTimes();
  for await (const chunk of source) yield times.read(chunk);
  yield times.end();
}

const TIMESTAMP_BYTES = 40;
const NEWLINE = 0x0a;

/** Without Docker's frames: what comes together stays together. */
async function* separated(source: AsyncIterable<Buffer>, timestamps: boolean): AsyncGenerator<Buffer> {
  const frames = createDemultiplexer();
  const bytesOf = createPieceReader(timestamps);
  for await (const chunk of source) {
    const lines = movedTogether(frames.read(chunk).map(bytesOf));
    if (lines.length > 0) yield lines;
    if (frames.failure) throw frames.failure;
  }
  yield* frames.end().map(bytesOf);
}

/** Pieces of one buffer, in order, without what was between them: it is nobody's, and another one would cost as much again. */
function movedTogether(pieces: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = pieces;
  const room = new Uint8Array(first.buffer, first.byteOffset);
  let length = 0;
  for (const piece of pieces) {
    room.set(piece, length);
    length += piece.length;
  }
  return Buffer.from(first.buffer, first.byteOffset, length);
}

/**
 * Docker keeps a line of more than 16 KiB in pieces, and would put a timestamp before each: only the one that begins
 * the line is let through.
 */
function createPieceReader(timestamps: boolean): (piece: Output) => Buffer {
  const inLine = new Set<Channel>();
  return ({ channel, data, startsFrame }) => {
    const repeated = timestamps && startsFrame && inLine.has(channel);
    if (data[data.length - 1] === NEWLINE) inLine.delete(channel);
    else inLine.add(channel);
    return repeated ? withoutTimestamp(data) : data;
  };
}

function withoutTimestamp(data: Output['data']): Buffer {
  const space = data.subarray(0, TIMESTAMP_BYTES).indexOf(' ');
  return data.subarray(space + 1);
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
  source: DockerLog,
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
