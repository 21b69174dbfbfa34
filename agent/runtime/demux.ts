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

export interface Demultiplexer {
  /** What this chunk completes, and what it holds of a frame that is too long to hold. */
  read(chunk: Uint8Array): Output[];
  /** What there is of a last frame that has not come whole. */
  end(): Output[];
  /** Once it is set nothing that follows means anything. */
  readonly failure: LongshoreError | undefined;
}

/** What the container wrote, in order. A stream that ends in the midst of a frame gives what there is of it. */
export async function* demultiplex(source: AsyncIterable<Uint8Array>): AsyncGenerator<Output> {
  const frames = createDemultiplexer();
  for await (const chunk of source) {
    yield* frames.read(chunk);
    if (frames.failure) throw frames.failure;
  }
  yield* frames.end();
}

export function createDemultiplexer(): Demultiplexer {
  let held: Buffer = Buffer.alloc(0);
  let frame: { readonly channel: Channel; left: number; started: boolean } | undefined;
  let failure: LongshoreError | undefined;

  return {
    read(chunk) {
      const bytes: Buffer = held.length === 0 ? asBuffer(chunk) : Buffer.concat([held, chunk]);
      const outputs: Output[] = [];
      let at = 0;
      for (;;) {
        if (!frame) {
          if (bytes.length - at < HEADER_BYTES) break;
          const header = parseHeader(bytes, at);
          at += HEADER_BYTES;
          if (header.kind === 'failure') {
            failure = header.failure;
            break;
          }
          frame = { channel: header.channel, left: header.length, started: false };
        }
        const there = Math.min(bytes.length - at, frame.left);
        const tooLong = frame.started || frame.left > WHOLE_FRAME_BYTES;
        if (there < frame.left && !(tooLong && there > 0)) break;
        const { channel, started } = frame;
        if (there > 0) outputs.push({ channel, data: bytes.subarray(at, at + there), startsFrame: !started });
        at += there;
        frame.left -= there;
        frame.started = true;
        if (frame.left === 0) frame = undefined;
      }
      held = bytes.subarray(at);
      return outputs;
    },
    end: () =>
      frame && held.length > 0 ? [{ channel: frame.channel, data: held, startsFrame: !frame.started }] : [],
    get failure() {
      return failure;
    },
  };
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

type Header =
  | { readonly kind: 'frame'; readonly channel: Channel; readonly length: number }
  | { readonly kind: 'failure'; readonly failure: LongshoreError };

function parseHeader(bytes: Buffer, at: number): Header {
  const channel = bytes.readUInt8(at);
  if (channel > ENGINE_ERROR || bytes.readUIntBE(at + 1, 3) !== 0) {
    return failed("Docker's stream is out of step: no frame begins where one should");
  }
  const length = bytes.readUInt32BE(at + 4);
  if (channel === ENGINE_ERROR) return failed(engineWords(bytes.subarray(at + HEADER_BYTES), length));
  return { kind: 'frame', channel: channelName(channel), length };
}

function failed(message: string): Header {
  return { kind: 'failure', failure: new LongshoreError('internal', message) };
}

function channelName(channel: number): Channel {
  return CHANNELS[channel] ?? 'stderr';
}

/** What has come of the engine's own error message; it is the last thing that comes. */
function engineWords(bytes: Buffer, length: number): string {
  const text = bytes.subarray(0, Math.min(length, 4096)).toString('utf8').trim();
  return `Docker broke the stream off: ${text || 'it does not say why'}`;
}
