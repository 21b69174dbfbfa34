// What a container wrote, out of the frames in which Docker gives its log: both channels in order, moved together where it lies.
// Docker keeps a line of more than 16 KiB in pieces and would put a timestamp before each: only the one that begins the line is
// let through.
import type { LongshoreError } from '../../common/errors.ts';
import { type Channel, HEADER_BYTES, MAX_WORDS_BYTES, parseHeader } from './demux.ts';

export interface LogFrames {
  /** How many bytes of the log these held; they are now the first of them. */
  read(bytes: Buffer): number;
  /** Once it is set nothing that follows means anything. */
  readonly failure: LongshoreError | undefined;
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const SPACE = 0x20;

export function createLogFrames(timestamps: boolean): LogFrames {
  /** Channels in the midst of a line. */
  const inLine = new Set<Channel>();
  /** The beginning of a header whose rest is still to come. */
  let cut: Buffer = NOTHING;
  let channel: Channel = 'stdout';
  /** Of the frame. */
  let left = 0;
  let inTimestamp = false;
  let failure: LongshoreError | undefined;

  /** How many bytes of a header there were. */
  function readHeader(bytes: Buffer): number {
    const missing = HEADER_BYTES - cut.length;
    if (bytes.length < missing) {
      cut = Buffer.concat([cut, bytes]);
      return bytes.length;
    }
    const whole =
      cut.length === 0 ? bytes : Buffer.concat([cut, bytes.subarray(0, missing + MAX_WORDS_BYTES)]);
    cut = NOTHING;
    const header = parseHeader(whole, 0);
    if (header.kind === 'failure') failure = header.failure;
    else {
      ({ channel, length: left } = header);
      inTimestamp = timestamps && inLine.has(channel);
    }
    return missing;
  }

  /** Of a frame's bytes, how many its repeated timestamp takes. */
  function timestampIn(bytes: Buffer): number {
    const space = bytes.indexOf(SPACE);
    if (space === -1) return bytes.length;
    inTimestamp = false;
    return space + 1;
  }

  return {
    read(bytes) {
      let kept = 0;
      for (let at = 0; at < bytes.length && !failure; ) {
        if (left === 0) {
          at += readHeader(bytes.subarray(at));
          continue;
        }
        const end = Math.min(at + left, bytes.length);
        const from = inTimestamp ? at + timestampIn(bytes.subarray(at, end)) : at;
        bytes.copyWithin(kept, from, end);
        kept += end - from;
        left -= end - at;
        at = end;
        if (left > 0) continue;
        if (bytes[end - 1] === NEWLINE) inLine.delete(channel);
        else inLine.add(channel);
      }
      return kept;
    },
    get failure() {
      return failure;
    },
  };
}
