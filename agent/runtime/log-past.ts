// What of a log's past Docker is to be asked for, so that the last lines come whole: it counts pieces where people count
// lines. Looked up beforehand, among no more pieces than it takes, up to a bound.
import type Docker from 'dockerode';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { createTailFinder, type LogPiece, type TailStart } from '../pod/log-tail.ts';
import { demultiplex } from './demux.ts';
import { dialLogs, type LogPast } from './docker-logs.ts';
import type { LogOptions } from './logs.ts';

const NEWLINE = 0x0a;
/** More pieces may come before Docker is asked again. */
const TAIL_MARGIN = 1000;
/** Beyond, Docker's count of pieces is good enough: a look at so many costs more than a line that begins in its middle. */
const MAX_EXACT_LINES = 1000;
/** 64 MiB of whole pieces. Of lines so long that more would have to be looked at, as many are shown, from the middle of one. */
const MAX_PIECES = 4096;

export async function pastOf(docker: Docker, options: LogOptions, signal: AbortSignal): Promise<LogPast> {
  const { tailLines, tty, sinceTimeMs } = options;
  const since = sinceTimeMs === undefined ? undefined : secondsText(sinceTimeMs);
  if (tailLines === undefined) return { since };
  // A terminal's log comes without the borders of its pieces.
  if (tty || tailLines === 0 || tailLines > MAX_EXACT_LINES) return { since, tail: tailLines };
  for (let pieces = tailLines + 1; ; pieces = Math.min(pieces * 4, MAX_PIECES)) {
    const start = await lastLines(docker, { ...options, since, tail: pieces }, signal);
    if (start.kind === 'pieces') return { since, tail: tailLines };
    if (start.kind === 'from') return { since: exactSeconds(start.time), tail: pieces + TAIL_MARGIN };
    if (start.kind === 'beginning') return { since, tail: pieces + TAIL_MARGIN };
    if (pieces === MAX_PIECES) return { since, tail: MAX_PIECES };
  }
}

async function lastLines(
  docker: Docker,
  options: LogOptions & LogPast & { readonly tail: number },
  signal: AbortSignal,
): Promise<TailStart> {
  const finder = createTailFinder(options.tailLines ?? 0);
  const source = await dialLogs(docker, { ...options, follow: false, timestamps: true }, signal);
  let seen = 0;
  try {
    let piece: LogPiece | undefined;
    for await (const { channel, data, startsFrame } of demultiplex(source)) {
      const endsLine = data[data.length - 1] === NEWLINE;
      if (startsFrame) {
        if (piece) finder.take(piece);
        piece = { channel, time: data.toString('latin1', 0, data.indexOf(' ')), endsLine };
        seen++;
      } else if (piece) piece = { ...piece, endsLine };
    }
    if (piece) finder.take(piece);
  } catch (cause) {
    signal.throwIfAborted();
    throw new LongshoreError('unavailable', `cannot read the container's log: ${describeError(cause)}`, {
      cause,
    });
  } finally {
    source.destroy();
  }
  return finder.start(seen < options.tail);
}

/** Docker reads whole seconds unless there is a decimal. */
function secondsText(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return `${whole}.${String(Math.floor(ms) - whole * 1000).padStart(3, '0')}`;
}

/** Of a time in RFC 3339, to the nanosecond. */
function exactSeconds(time: string): string {
  const [, seconds = '', nanos = '', zone = ''] = /^([^.Z+]+)(?:\.(\d+))?(.*)$/.exec(time) ?? [];
  return `${Date.parse(`${seconds}${zone}`) / 1000}.${nanos.padEnd(9, '0')}`;
}
