// The server's end of a SPDY/3.1 session on a socket that has been upgraded: streams that the client opens, each read at
// its reader's pace, together within a bound. A client that keeps to windows and opens its own is held back, and holds us
// back, on one stream alone. Go's does neither: what holds it back is that we read its socket no further, and where it does
// not read one stream, it soon reads none.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { drained } from '../../../common/paced-write.ts';
import { type ByteQueue, createByteQueue, type Taken } from './byte-queue.ts';
import { probe } from './probing.ts';
import { FIRST_WINDOW_BYTES, SendWindow } from './send-window.ts';
import { createFrameReader, encodeDataHead, encodeFrame, type Frame, GO_AWAY, RST } from './spdy-frame.ts';
import {
  createHeaderReader,
  createHeaderWriter,
  type HeaderReader,
  type SpdyHeaders,
} from './spdy-headers.ts';

export interface SpdyStream {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** What the client sends; ends when it has no more. Fails when the stream is reset or the session breaks. */
  readonly input: AsyncIterable<Buffer>;
  /** Aborts when the client has reset the stream, or the session broke before both directions had ended. */
  readonly closed: AbortSignal;
  /** Resolves when there is room for more. Does nothing on a stream that is closed or whose output has ended. */
  write(data: Buffer): Promise<void>;
  /** Resolves when the end of the output is on its way. Idempotent. */
  end(): Promise<void>;
  /** What the client still sends is dropped, and the input is at its end. */
  ignoreInput(): void;
  /** Its output has ended, and what the client still sends does not count any more, nor whether it ever ends. */
  forget(): void;
  /** Both directions, at once. */
  reset(): void;
}

export interface SpdyLimits {
  /** Open at the same time; one more is refused. */
  readonly maxStreams: number;
  /** Received and not read yet, all streams together. */
  readonly maxBufferedBytes: number;
  /** The same, counted in pieces: many small ones cost more than their bytes. */
  readonly maxBufferedChunks: number;
  /** Of one control frame, and of its headers once they are inflated. */
  readonly maxHeaderBytes: number;
}

export const SPDY_LIMITS: SpdyLimits = {
  maxStreams: 512,
  maxBufferedBytes: 1024 * 1024,
  maxBufferedChunks: 4096,
  maxHeaderBytes: 4 * 1024,
};

export interface SpdyOptions {
  readonly clock: Clock;
  /** Default: SPDY_LIMITS. */
  readonly limits?: Partial<SpdyLimits>;
}

/** Is asked about each new stream: a reason refuses it. It must not wait. */
export type AcceptStream = (stream: SpdyStream) => string | undefined;

/**
 * Serves the client until it ends the session or breaks it, then closes the socket and all streams. Rejects with
 * `invalid` when the client does not speak SPDY.
 */
export function runSpdySession(
  socket: Duplex,
  accept: AcceptStream,
  { clock, limits }: SpdyOptions,
): Promise<void> {
  return new Session(socket, accept, { clock, limits: { ...SPDY_LIMITS, ...limits } }).run();
}

/** What an agent sends at a time goes out at once, whoever's turn is next. */
const MAX_DATA_BYTES = 256 * 1024;
/** Beyond it our answers to a client that does not read them wait, and so does the client. */
const MAX_UNSENT_BYTES = MAX_DATA_BYTES + 256 * 1024;
/** A server's are even. */
const OUR_PING = 2;
/** Windows are 64 KiB and are opened in steps. */
const WINDOW_STEP_BYTES = 16 * 1024;

/** Of our answers. */
const NO_HEADERS: SpdyHeaders = new Map();

interface OpenStream {
  readonly queue: ByteQueue;
  readonly closed: AbortController;
  readonly window: Window;
  readonly sending: SendWindow;
  inputEnded: boolean;
  outputEnded: boolean;
}

class Session {
  readonly #socket: Duplex;
  readonly #accept: AcceptStream;
  readonly #limits: SpdyLimits;
  readonly #clock: Clock;
  readonly #streams = new Map<number, OpenStream>();
  readonly #writeHeaders = createHeaderWriter();
  readonly #over = new AbortController();
  readonly #window = new Window();
  readonly #sending = new SendWindow(FIRST_WINDOW_BYTES);
  #initialWindow: number | undefined;
  #lastStreamId = 0;
  #bufferedBytes = 0;
  #bufferedChunks = 0;
  #roomMade: () => void = () => undefined;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(
    socket: Duplex,
    accept: AcceptStream,
    { clock, limits }: { readonly clock: Clock; readonly limits: SpdyLimits },
  ) {
    this.#socket = socket;
    this.#accept = accept;
    this.#limits = limits;
    this.#clock = clock;
  }

  async run(): Promise<void> {
    const { maxHeaderBytes } = this.#limits;
    this.#socket.once('close', () => this.#over.abort());
    this.#over.signal.addEventListener('abort', () => this.#roomMade(), { once: true });
    const headers = createHeaderReader(maxHeaderBytes);
    try {
      await this.#read(headers);
    } catch (error) {
      // Anything else is the connection's end, which is one way to end a session.
      if (!(error instanceof LongshoreError)) return;
      this.#send({ kind: 'go-away', lastStreamId: this.#lastStreamId, status: GO_AWAY.protocolError });
      throw error;
    } finally {
      this.#over.abort();
      for (const id of [...this.#streams.keys()]) this.#close(id, 'the client closed the connection');
      this.#socket.destroy();
    }
  }

  async #read(headers: HeaderReader): Promise<void> {
    const socket = this.#socket;
    const over = this.#over.signal;
    const reader = createFrameReader(this.#limits.maxHeaderBytes);
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      for (const frame of reader.read(chunk)) {
        this.#handle(frame, headers);
        if (this.#isFull()) await this.#room(over);
      }
      if (socket.writableLength > MAX_UNSENT_BYTES) await drained(socket, over);
    }
  }

  #handle(frame: Frame, headers: HeaderReader): void {
    switch (frame.kind) {
      case 'syn-stream':
        this.#opened(frame, headers.read(frame.headerBlock));
        break;
      case 'data':
        this.#received(frame);
        break;
      case 'rst-stream':
        this.#close(frame.streamId, 'the client reset the stream');
        break;
      case 'ping':
        // Even ones answer our own.
        if (frame.id % 2 === 1) this.#send(frame);
        break;
      case 'headers':
        // Read, or those that follow could not be.
        headers.read(frame.headerBlock);
        if (frame.fin) this.#inputEnded(frame.streamId);
        break;
      case 'syn-reply':
        throw new LongshoreError('invalid', 'the SPDY client answered a stream that nobody opened');
      case 'window-update':
        this.#sendWindow(frame.streamId)?.opened(frame.delta);
        break;
      case 'settings':
        if (frame.initialWindow !== undefined) this.#beginWindows(frame.initialWindow);
        break;
      case 'go-away':
        break;
      default:
        frame satisfies never;
    }
  }

  #opened(frame: Extract<Frame, { kind: 'syn-stream' }>, headers: SpdyHeaders): void {
    const { streamId, fin, unidirectional } = frame;
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
      throw new LongshoreError('invalid', `the SPDY client opened stream ${streamId} out of order`);
    }
    this.#lastStreamId = streamId;
    if (this.#streams.size >= this.#limits.maxStreams) {
      this.#send({ kind: 'rst-stream', streamId, status: RST.refusedStream });
      return;
    }
    const queue = createByteQueue((taken) => this.#taken(streamId, taken));
    const closed = new AbortController();
    const sending = new SendWindow(this.#initialWindow ?? FIRST_WINDOW_BYTES);
    // Who says how large windows are at first keeps to them.
    if (this.#initialWindow !== undefined) sending.opened(0);
    const ended = { inputEnded: fin, outputEnded: unidirectional };
    this.#streams.set(streamId, { queue, closed, window: new Window(), sending, ...ended });
    if (fin) queue.end();
    const refusal = this.#accept({
      id: streamId,
      headers,
      input: queue,
      closed: closed.signal,
      write: (data) => this.#write(streamId, data),
      end: () => this.#end(streamId),
      ignoreInput: () => queue.leave(),
      forget: () => {
        queue.leave();
        this.#streams.delete(streamId);
      },
      reset: () => this.#reset(streamId, RST.cancel),
    });
    if (refusal !== undefined) this.#reset(streamId, RST.refusedStream);
    // At once: Go's client drops data of a stream that is not answered yet.
    else if (!unidirectional)
      this.#send({ kind: 'syn-reply', streamId, headerBlock: this.#writeHeaders(NO_HEADERS) });
  }

  #received({ streamId, data, fin }: Extract<Frame, { kind: 'data' }>): void {
    const stream = this.#streams.get(streamId);
    if (stream?.inputEnded) this.#reset(streamId, RST.streamAlreadyClosed);
    if (!stream && streamId > this.#lastStreamId)
      this.#send({ kind: 'rst-stream', streamId, status: RST.invalidStream });
    // The session's window bounds nothing that the streams' do not: it is opened for what comes, read or not.
    const session = this.#window.taken(data.length);
    if (session > 0) this.#send({ kind: 'window-update', streamId: 0, delta: session });
    // Of a stream that is closed something may still have been on its way; of one that is forgotten, much.
    if (!stream && !fin && data.length > 0 && streamId <= this.#lastStreamId)
      this.#send({ kind: 'window-update', streamId, delta: data.length });
    this.#bufferedBytes += data.length;
    this.#bufferedChunks++;
    if (!stream?.queue.push(data)) this.#taken(streamId, { bytes: data.length, chunks: 1 });
    if (fin) this.#inputEnded(streamId);
  }

  #isFull(): boolean {
    const { maxBufferedBytes, maxBufferedChunks } = this.#limits;
    return this.#bufferedBytes > maxBufferedBytes || this.#bufferedChunks > maxBufferedChunks;
  }

  #taken(streamId: number, { bytes, chunks }: Taken): void {
    this.#bufferedBytes -= bytes;
    this.#bufferedChunks -= chunks;
    this.#roomMade();
    if (this.#over.signal.aborted) return;
    const stream = this.#streams.get(streamId);
    const delta = stream && !stream.inputEnded ? stream.window.taken(bytes) : 0;
    if (delta > 0) this.#send({ kind: 'window-update', streamId, delta });
  }

  async #room(over: AbortSignal): Promise<void> {
    const probing = probe(() => this.#send({ kind: 'ping', id: OUR_PING }), this.#clock);
    while (this.#isFull() && !over.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
    }
    probing.stop();
  }

  async #write(streamId: number, data: Buffer): Promise<void> {
    const stream = this.#streams.get(streamId);
    for (let rest = data; stream && !stream.outputEnded && rest.length > 0; ) {
      const piece = rest.subarray(0, await this.#grant(stream, rest.length));
      if (piece.length === 0) return;
      rest = rest.subarray(piece.length);
      await this.#turn(() => this.#sendData(streamId, piece, false));
    }
  }

  /** How much of this stream may go now, which is taken off its windows; 0 once it is closed. */
  async #grant({ sending, closed }: OpenStream, wanted: number): Promise<number> {
    while (!closed.signal.aborted) {
      const bytes = Math.min(wanted, MAX_DATA_BYTES, sending.room, this.#sending.room);
      if (bytes > 0) {
        sending.sent(bytes);
        this.#sending.sent(bytes);
        return bytes;
      }
      await sending.waitForRoom(closed.signal);
      await this.#sending.waitForRoom(closed.signal);
    }
    return 0;
  }

  #sendWindow(streamId: number): SendWindow | undefined {
    return streamId === 0 ? this.#sending : this.#streams.get(streamId)?.sending;
  }

  #beginWindows(bytes: number): void {
    const more = bytes - (this.#initialWindow ?? FIRST_WINDOW_BYTES);
    this.#initialWindow = bytes;
    for (const { sending } of this.#streams.values()) sending.opened(more);
  }

  #end(streamId: number): Promise<void> {
    return this.#turn(() => {
      this.#sendData(streamId, Buffer.alloc(0), true);
      const stream = this.#streams.get(streamId);
      if (!stream) return;
      stream.outputEnded = true;
      this.#forgetIfDone(streamId, stream);
    });
  }

  /** One after the other, each when the socket takes more: no stream is favoured, and little waits in memory. */
  #turn(send: () => void): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(async () => {
      if (this.#socket.writableNeedDrain) await drained(this.#socket, this.#over.signal);
      send();
    });
    return this.#lastTurn;
  }

  /** In one write, and not copied: it may be much. */
  #sendData(streamId: number, data: Buffer, fin: boolean): void {
    const socket = this.#socket;
    if (this.#streams.get(streamId)?.outputEnded !== false || !socket.writable) return;
    socket.cork();
    socket.write(encodeDataHead({ kind: 'data', streamId, data, fin }));
    socket.write(data);
    socket.uncork();
  }

  #inputEnded(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    stream.inputEnded = true;
    stream.queue.end();
    this.#forgetIfDone(streamId, stream);
  }

  #forgetIfDone(streamId: number, { inputEnded, outputEnded }: OpenStream): void {
    if (inputEnded && outputEnded) this.#streams.delete(streamId);
  }

  #reset(streamId: number, status: number): void {
    if (!this.#streams.has(streamId)) return;
    this.#send({ kind: 'rst-stream', streamId, status });
    this.#close(streamId, 'the stream was reset');
  }

  #close(streamId: number, reason: string): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#streams.delete(streamId);
    const error = new LongshoreError('cancelled', reason);
    stream.queue.fail(error);
    stream.closed.abort(error);
  }

  #send(frame: Frame): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(frame));
  }
}

/** Adds up what has been read until it is worth telling. */
class Window {
  #untold = 0;

  /** How far to open the window now. */
  taken(bytes: number): number {
    this.#untold += bytes;
    if (this.#untold < WINDOW_STEP_BYTES) return 0;
    const told = this.#untold;
    this.#untold = 0;
    return told;
  }
}
