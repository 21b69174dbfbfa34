// A SPDY/3.1 client for tests, with the freedom to misbehave: it compresses its headers as Go's does, sends data whatever
// the windows say, and shows what the server sends.
import type { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';
import { spdyDictionary } from '../../controller/kubelet/stream/spdy-dictionary.ts';
import { createFrameReader, encodeFrame, type Frame } from '../../controller/kubelet/stream/spdy-frame.ts';
import { encodeHeaders } from '../../controller/kubelet/stream/spdy-headers.ts';
import { eventually } from './eventually.ts';

export interface ClientStream {
  readonly id: number;
  /** What the server has sent on it. */
  readonly output: Buffer;
  readonly replied: boolean;
  readonly finished: boolean;
  /** Undefined: not reset. */
  readonly resetWith: number | undefined;
  write(data: Buffer | string): Promise<void>;
  end(): void;
  reset(): void;
}

export interface SpdyClientOptions {
  /** Is given all data, which then is not kept. */
  readonly onData?: (data: Buffer) => void;
  /** Makes it a client that opens its windows, as Go's does not: of a stream, when data comes that this says is read. */
  readonly reads?: (streamId: number) => boolean;
}

interface Entry {
  chunks: Buffer[];
  replied: boolean;
  finished: boolean;
  resetWith: number | undefined;
}

export class SpdyClient {
  /** Every frame but data, in the order they came. */
  readonly frames: Frame[] = [];
  readonly #socket: Duplex;
  readonly #streams = new Map<number, Entry>();
  readonly #deflate = createDeflate({ dictionary: spdyDictionary(), flush: constants.Z_SYNC_FLUSH });
  #compressed: Buffer[] = [];
  #nextId = 1;
  readonly #options: SpdyClientOptions;
  closed = false;

  constructor(socket: Duplex, options: SpdyClientOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    const reader = createFrameReader(64 * 1024);
    this.#deflate.on('data', (chunk: Buffer) => this.#compressed.push(chunk));
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.read(chunk)) this.#receive(frame);
    });
    for (const event of ['end', 'close', 'error']) {
      socket.on(event, () => {
        this.closed = true;
      });
    }
  }

  /** Opens without waiting for the reply. */
  async open(
    headers: Readonly<Record<string, string>>,
    options: { fin?: boolean; id?: number } = {},
  ): Promise<ClientStream> {
    const id = options.id ?? this.#nextId;
    this.#nextId = id + 2;
    const entry: Entry = { chunks: [], replied: false, finished: false, resetWith: undefined };
    this.#streams.set(id, entry);
    const headerBlock = await this.headerBlock(headers);
    this.send({
      kind: 'syn-stream',
      streamId: id,
      headerBlock,
      fin: options.fin ?? false,
      unidirectional: false,
    });
    return {
      id,
      get output() {
        return Buffer.concat(entry.chunks);
      },
      get replied() {
        return entry.replied;
      },
      get finished() {
        return entry.finished;
      },
      get resetWith() {
        return entry.resetWith;
      },
      write: (data) => this.write({ kind: 'data', streamId: id, data: Buffer.from(data), fin: false }),
      end: () => this.send({ kind: 'data', streamId: id, data: Buffer.alloc(0), fin: true }),
      reset: () => this.send({ kind: 'rst-stream', streamId: id, status: 5 }),
    };
  }

  /** Opens and waits until the server has answered. */
  async openReplied(headers: Readonly<Record<string, string>>): Promise<ClientStream> {
    const stream = await this.open(headers);
    await eventually(() => stream.replied, { what: `the reply to ${JSON.stringify(headers)}`, everyMs: 2 });
    return stream;
  }

  async headerBlock(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    await new Promise((resolve) =>
      this.#deflate.write(encodeHeaders(new Map(Object.entries(headers))), resolve),
    );
    const block = Buffer.concat(this.#compressed);
    this.#compressed = [];
    return block;
  }

  send(frame: Frame): void {
    this.#socket.write(encodeFrame(frame));
  }

  /** Resolves when the connection has taken it. */
  write(frame: Frame): Promise<void> {
    return new Promise((resolve) => this.#socket.write(encodeFrame(frame), () => resolve()));
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(frame: Frame): void {
    if (frame.kind !== 'data') this.frames.push(frame);
    if (!('streamId' in frame)) return;
    const entry = this.#streams.get(frame.streamId);
    if (!entry) return;
    if (frame.kind === 'syn-reply') entry.replied = true;
    if (frame.kind === 'rst-stream') entry.resetWith = frame.status;
    if (frame.kind !== 'data') return;
    const { onData, reads } = this.#options;
    if (reads) {
      const delta = frame.data.length;
      this.send({ kind: 'window-update', streamId: 0, delta });
      if (reads(frame.streamId)) this.send({ kind: 'window-update', streamId: frame.streamId, delta });
    }
    // As Go's client: what comes before the reply is lost.
    if (onData) onData(frame.data);
    else if (entry.replied) entry.chunks.push(frame.data);
    if (frame.fin) entry.finished = true;
  }
}
