// Channels on a WebSocket that has been opened: what the client sends, read channel by channel at the reader's pace and
// together within a bound; what is sent, at the client's.
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../../../common/clock.ts';
import { errorCode, LongshoreError } from '../../../common/errors.ts';
import { drained } from '../../../common/paced-write.ts';
import { type ByteQueue, createByteQueue } from './byte-queue.ts';
import { type ChannelForm, decodeChannelMessage, encodeChannelMessage } from './channel-message.ts';
import { probe } from './probing.ts';
import { CLOSE_WITHIN_MS } from './serve.ts';

export interface ChannelSocket {
  /** Of the channels that are read; whatever comes on another is dropped. */
  input(channel: number): AsyncIterable<Buffer>;
  /** What the client still sends is dropped: on this channel, or on all. */
  ignoreInput(channel?: number): void;
  /** Resolves when there is room for more. Does nothing once the client is gone. */
  send(channel: number, data: Buffer): Promise<void>;
  /** Says goodbye, which a client that reads slowly comes to late; resolves when it is gone. */
  close(): Promise<void>;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
}

export interface OpenSocket {
  readonly webSocket: WebSocket;
  /** Beneath it. */
  readonly socket: Duplex;
  /** To a client that may still have much to read. */
  goodbye(): void;
}

const MAX_BUFFERED_MESSAGES = 4096;
const PROTOCOL_ERROR = 1002;

export interface ChannelOptions {
  readonly form: ChannelForm;
  /** The channels that are read. */
  readonly read: readonly number[];
  /** Received and not read yet; beyond it, nothing more is received. */
  readonly maxBufferedBytes: number;
  readonly clock: Clock;
}

export function createChannelSocket(
  { webSocket, socket, goodbye }: OpenSocket,
  { form, read, maxBufferedBytes, clock }: ChannelOptions,
): ChannelSocket {
  const gone = new AbortController();
  let bytes = 0;
  let messages = 0;
  let broken = false;
  let probing: { stop(): void } | undefined;
  const balance = () => {
    const full = bytes > maxBufferedBytes || messages > MAX_BUFFERED_MESSAGES;
    if (full === webSocket.isPaused || gone.signal.aborted) return;
    if (full) webSocket.pause();
    else webSocket.resume();
    probing?.stop();
    // What it asks is not answered meanwhile, which some take for an end; they take an answer that they did not ask for, too.
    probing = full ? probe(() => webSocket.pong(), clock) : undefined;
  };
  const queues = new Map<number, ByteQueue>(
    read.map((channel) => [
      channel,
      createByteQueue((taken) => {
        bytes -= taken.bytes;
        messages -= taken.chunks;
        balance();
      }),
    ]),
  );

  function receive(message: Buffer): void {
    const decoded = decodeChannelMessage(message, form);
    const queue = decoded && queues.get(decoded.channel);
    if (!queue) return;
    if (decoded.kind === 'close') queue.end();
    else if (queue.push(decoded.data)) {
      bytes += decoded.data.length;
      messages++;
      balance();
    }
  }

  function breakOff(): void {
    if (broken) return;
    broken = true;
    webSocket.close(PROTOCOL_ERROR);
    clock.sleep(CLOSE_WITHIN_MS, gone.signal).then(
      () => webSocket.terminate(),
      () => undefined,
    );
  }

  webSocket.on('message', (message: RawData) => {
    try {
      receive(asBuffer(message));
    } catch (error) {
      if (errorCode(error) !== 'invalid') throw error;
      breakOff();
    }
  });
  webSocket.on('error', breakOff);
  webSocket.on('close', () => {
    const error = new LongshoreError('cancelled', 'the client closed the connection');
    gone.abort(error);
    for (const queue of queues.values()) queue.fail(error);
    probing?.stop();
  });

  return {
    input: (channel) => queues.get(channel) ?? nothing(),
    ignoreInput(channel) {
      for (const [each, queue] of queues) if (channel === undefined || each === channel) queue.leave();
    },
    async send(channel, data) {
      // Of those who wait, one goes at a time.
      while (socket.writableNeedDrain && !gone.signal.aborted) await drained(socket, gone.signal);
      if (gone.signal.aborted || webSocket.readyState !== webSocket.OPEN) return;
      webSocket.send(encodeChannelMessage(channel, data, form));
      if (socket.writableNeedDrain) await drained(socket, gone.signal);
    },
    async close() {
      goodbye();
      if (!gone.signal.aborted) {
        await new Promise((resolve) => gone.signal.addEventListener('abort', resolve, { once: true }));
      }
    },
    gone: gone.signal,
  };
}

function asBuffer(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

async function* nothing(): AsyncGenerator<Buffer> {}
