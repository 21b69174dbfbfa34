// Docker's multiplexed stream taken apart: frames of an 8-byte header (channel, three zeros, length) and their bytes,
// cut anywhere by the transport. It reads on only when its reader does, and holds at most one frame.
import { LongshoreError } from '../../common/errors.ts';

export type Channel = 'stdin' | 'stdout' | 'stderr';

export interface Output {
  readonly channel: Channel;
  readonly data: Buffer;
  /** False: goes on with the frame of the piece before, which was too long to hold. */
  readonly startsFrame: boolean;
}

/** Frames up to this length come in one piece. */
export const WHOLE_FRAME_BYTES = 64 * 1024;

const HEADER_BYTES = 8;
const CHANNELS = ['stdin', 'stdout', 'stderr'] as const;
const ENGINE_ERROR = 3;

/** What the container wrote, in order. A stream that ends in the midst of a frame gives what there is of it. */
export async function* demultiplex(source: AsyncIterable<Uint8Array>): AsyncGenerator<Output> {
  let held: Buffer = Buffer.alloc(0);
  let frame: { readonly channel: Channel; left: number; started: boolean } | undefined;
  for await (const chunk of source) {
    let rest: Buffer = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk]);
    for (;;) {
      if (!frame) {
        if (rest.length < HEADER_BYTES) break;
        const { channel, length } = parseHeader(rest);
        rest = rest.subarray(HEADER_BYTES);
        if (channel === ENGINE_ERROR) throw new LongshoreError('internal', engineWords(rest, length));
        frame = { channel: channelName(channel), left: length, started: false };
      }
      const whole = rest.length >= frame.left;
      const tooLong = frame.started || frame.left > WHOLE_FRAME_BYTES;
      if (!whole && !(tooLong && rest.length > 0)) break;
      const data = rest.subarray(0, frame.left);
      rest = rest.subarray(data.length);
      if (data.length > 0) yield { channel: frame.channel, data, startsFrame: !frame.started };
      frame.left -= data.length;
      frame.started = true;
      if (frame.left === 0) frame = undefined;
    }
    held = rest;
  }
  if (frame && held.length > 0) {
    yield { channel: frame.channel, data: held, startsFrame: !frame.started };
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function parseHeader(bytes: Buffer): { channel: number; length: number } {
  const channel = bytes.readUInt8(0);
  if (channel > ENGINE_ERROR || bytes.readUIntBE(1, 3) !== 0) {
    throw new LongshoreError('internal', "Docker's stream is out of step: no frame begins where one should");
  }
  return { channel, length: bytes.readUInt32BE(4) };
}

function channelName(channel: number): Channel {
  return CHANNELS[channel] ?? 'stderr';
}

/** What has come of the engine's own error message; it is the last thing that comes. */
function engineWords(bytes: Buffer, length: number): string {
  const text = bytes.subarray(0, Math.min(length, 4096)).toString('utf8').trim();
  return `Docker broke the stream off: ${text || 'it does not say why'}`;
}
