// The times in a terminal's log: each line keeps its first. Docker puts one before every piece of a line of more than 16 KiB,
// and a terminal's pieces come without borders; but they all bear the time of the line, to the nanosecond, which nothing
// that a program writes will. Pure.
import { LongshoreError } from '../../common/errors.ts';

export interface TerminalTimes {
  /** What of it is to be passed on. */
  read(chunk: Buffer): Buffer;
  /** What was held back of what has come last. */
  end(): Buffer;
}

const NEWLINE = 0x0a;
const MAX_TIME_BYTES = 40;
/** To the nanosecond, with the space. */
const EXACT_TIME_BYTES = '2026-01-01T00:00:00.000000000Z '.length;
const NONE = Buffer.alloc(0);

export function createTerminalTimes(): TerminalTimes {
  /** The time of the line at hand, with its space; undefined: the next line begins. */
  let time: Buffer | undefined;
  /** May be the beginning of a time. */
  let held: Buffer = NONE;

  return {
    read(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const kept: Buffer[] = [];
      let from = 0;
      let at = 0;
      while (at < bytes.length) {
        if (!time) {
          time = timeAt(bytes, at);
          if (!time) break;
          at += time.length;
        }
        const end = lineEnd(bytes, at);
        const repeat = time.length < EXACT_TIME_BYTES ? -1 : bytes.subarray(at, end).indexOf(time);
        if (repeat < 0) {
          at = end;
          if (bytes[end - 1] === NEWLINE) time = undefined;
        } else {
          kept.push(bytes.subarray(from, at + repeat));
          at += repeat + time.length;
          from = at;
        }
      }
      const until = time ? bytes.length - begun(time, bytes.subarray(from)) : at;
      held = bytes.subarray(until);
      const rest = bytes.subarray(from, until);
      return kept.length === 0 ? rest : Buffer.concat([...kept, rest]);
    },
    end: () => held,
  };
}

/** Undefined: it has not come whole. */
function timeAt(bytes: Buffer, at: number): Buffer | undefined {
  const room = bytes.subarray(at, at + MAX_TIME_BYTES);
  const space = room.indexOf(' ');
  if (space >= 0) return room.subarray(0, space + 1);
  if (room.length < MAX_TIME_BYTES) return undefined;
  throw new LongshoreError('internal', "Docker's log is out of step: no time begins a line");
}

function lineEnd(bytes: Buffer, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? bytes.length : newline + 1;
}

/** How many of the last bytes are the first of the time. */
function begun(time: Buffer, bytes: Buffer): number {
  let length = Math.min(time.length - 1, bytes.length);
  while (length > 0 && !bytes.subarray(-length).equals(time.subarray(0, length))) length--;
  return length;
}
