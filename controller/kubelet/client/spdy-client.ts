// The client's end of a SPDY/3.1 session, for streams of a few bytes: each is opened with its headers, and read to its end.
import type { Duplex } from 'node:stream';
import { LongshoreError } from '../../../common/errors.ts';
import { createFrameReader, encodeFrame, type Frame } from '../stream/spdy-frame.ts';
import { createHeaderWriter } from '../stream/spdy-headers.ts';

export interface ClientStream {
  write(text: string): void;
  /** Nothing more is sent. */
  end(): void;
  /** What has come so far, and what comes, until the server ends it. Rejects when it is reset or the session breaks. */
  readonly output: AsyncIterable<Buffer>;
}

export interface SpdyClient extends Disposable {
  /** Resolves when the server has answered. */
  open(headers: Readonly<Record<string, string>>): Promise<ClientStream>;
}

const MAX_CONTROL_BYTES = 64 * 1024;
/** More than is ever looked for. */
const MAX_OUTPUT_BYTES = 64 * 1024;

interface Opened {
  readonly replied: PromiseWithResolvers<void>;
  readonly chunks: Buffer[];
  bytes: number;
  ended: boolean;
  failure: LongshoreError | undefined;
  wake: () => void;
}

export function createSpdyClient(socket: Duplex): SpdyClient {
  const streams = new Map<number, Opened>();
  const writeHeaders = createHeaderWriter();
  let nextId = 1;
  let broken: LongshoreError | undefined;

  const send = (frame: Frame) => {
    if (!socket.destroyed) socket.write(encodeFrame(frame));
  };
  const fail = (stream: Opened, error: LongshoreError) => {
    stream.failure ??= error;
    stream.replied.reject(error);
    stream.wake();
  };
  const breakOff = (error: LongshoreError) => {
    broken ??= error;
    for (const stream of streams.values()) fail(stream, error);
    socket.destroy();
  };
  const receive = (frame: Frame) => {
    // Of the server's, to be sent back.
    if (frame.kind === 'ping' && frame.id % 2 === 0) send(frame);
    const stream = 'streamId' in frame ? streams.get(frame.streamId) : undefined;
    if (!stream) return;
    if (frame.kind === 'syn-reply') stream.replied.resolve();
    if (frame.kind === 'rst-stream') fail(stream, lost('the server reset a stream'));
    if (frame.kind !== 'data') return;
    stream.bytes += frame.data.length;
    if (stream.bytes <= MAX_OUTPUT_BYTES) stream.chunks.push(frame.data);
    if (frame.fin) stream.ended = true;
    stream.wake();
  };

  const reader = createFrameReader(MAX_CONTROL_BYTES);
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.read(chunk)) receive(frame);
    } catch {
      breakOff(lost('the server does not speak SPDY'));
    }
  });
  socket.on('close', () => breakOff(lost('the server closed the connection')));

  return {
    async open(headers) {
      const streamId = nextId;
      nextId += 2;
      const stream: Opened = {
        ...{ replied: Promise.withResolvers<void>(), chunks: [], bytes: 0, ended: false },
        ...{ failure: broken, wake: () => {} },
      };
      stream.replied.promise.catch(() => undefined);
      streams.set(streamId, stream);
      if (broken) throw broken;
      const headerBlock = writeHeaders(new Map(Object.entries(headers)));
      send({ kind: 'syn-stream', streamId, headerBlock, fin: false, unidirectional: false });
      await stream.replied.promise;
      const write = (data: Buffer, fin: boolean) => send({ kind: 'data', streamId, data, fin });
      return {
        write: (text) => write(Buffer.from(text), false),
        end: () => write(Buffer.alloc(0), true),
        output: outputOf(stream),
      };
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

async function* outputOf(stream: Opened): AsyncGenerator<Buffer> {
  for (let next = 0; ; ) {
    const chunk = stream.chunks[next];
    if (chunk) {
      next++;
      yield chunk;
    } else if (stream.ended) return;
    else if (stream.failure) throw stream.failure;
    else {
      await new Promise<void>((resolve) => {
        stream.wake = resolve;
      });
    }
  }
}

function lost(what: string): LongshoreError {
  return new LongshoreError('unavailable', what);
}
