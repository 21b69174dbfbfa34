// One connection to a port of a pod: bytes both ways, each at the pace of whoever is slower, and each way ends by itself.
import type { Socket } from 'node:net';
import { readPaced } from '../../common/paced-read.ts';
import { drained } from '../../common/paced-write.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';

/** Rejects with `invalid`, in words for the client, when nothing takes the connection, and when the signal aborts. */
export type DialPod = (podUid: string, port: number, signal: AbortSignal) => Promise<Socket>;

/** Resolves once the connection is made. */
export async function openPortForward(
  dial: () => Promise<Socket>,
  input: AsyncIterable<StreamInput>,
  signal: AbortSignal,
): Promise<AsyncIterable<StreamOutput>> {
  const socket = await unlessAborted(dial, signal, (late) => late.destroy());
  // A connection that breaks is over, and that shows where it is read.
  socket.on('error', () => undefined);
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', close));
  if (signal.aborted) close();
  return forward(socket, input, signal);
}

async function* forward(
  socket: Socket,
  input: AsyncIterable<StreamInput>,
  signal: AbortSignal,
): AsyncGenerator<StreamOutput> {
  const closed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  const fed = feed(socket, input, signal);
  try {
    for await (const data of dataOf(socket)) yield { kind: 'data', data };
    if (socket.readableEnded) yield { kind: 'eof' };
    await Promise.race([fed, closed]);
  } catch {
    // Reset by the server: what it had to say has been said.
  } finally {
    socket.destroy();
  }
}

/** Of at most 64 KiB, as Node.js reads them: what one frame to the controller holds. */
const CHUNKS_TOGETHER = 4;

/** All that has come since it was asked last: the slower its reader, the larger the pieces and the fewer. */
async function* dataOf(socket: Socket): AsyncGenerator<Buffer> {
  const reader = readPaced<Buffer>(socket, CHUNKS_TOGETHER);
  for (let first = await reader.next(); first; first = await reader.next()) {
    const chunks = [first];
    for (let next = reader.ready(); next; next = reader.ready()) chunks.push(next);
    yield chunks.length === 1 ? first : Buffer.concat(chunks);
  }
}

/** Resolves when the client has no more to say; its going away says nothing. */
async function feed(socket: Socket, input: AsyncIterable<StreamInput>, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of input) {
      if (message.kind === 'data' && socket.writable && !socket.write(message.data))
        await drained(socket, signal);
      if (message.kind === 'eof') break;
    }
  } catch {
    // The stream broke: so does the connection.
    socket.destroy();
  }
  socket.end();
}
