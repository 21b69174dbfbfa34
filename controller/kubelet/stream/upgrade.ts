// An HTTP connection that becomes something else, or is refused in HTTP.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { LongshoreError } from '../../../common/errors.ts';
import { type Reply, sendReply } from '../reply.ts';
import type { OpenSocket } from './channel-socket.ts';
import { CLOSE_WITHIN_MS, LEAVE_WITHIN_MS } from './serve.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What the client has sent already. */
  readonly head: Buffer;
}

/** Resolves when the reply is sent; the connection ends with it. */
export async function refuseUpgrade({ request, socket }: Upgrade, reply: Reply): Promise<void> {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  const sent = new Promise<void>((resolve) => {
    response.once('finish', resolve);
    socket.once('close', resolve);
  });
  sendReply(response, reply);
  await sent;
  // Not kept for a caller that does not close its own end.
  socket.destroySoon();
}

export function upgradeToSpdy({ socket, head }: Upgrade, protocol: string | undefined): Socket {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: SPDY/3.1'];
  if (protocol !== undefined) lines.push(`X-Stream-Protocol-Version: ${protocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** Go's client sends 32 KiB at a time, others what they have. One is held until it is whole; of a longer one, all. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** What one may be cut into, by frames and by the network: small pieces cost more than their bytes. */
const MAX_FRAGMENTS = 1024;
const MAX_BUFFERED_CHUNKS = 4096;
const OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_MESSAGE_BYTES,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_BUFFERED_CHUNKS,
  // The library counts from our goodbye, to which a client that reads slowly comes late.
  closeTimeout: LEAVE_WITHIN_MS,
  // It would break off when the sixtieth answer waits for a client that reads nothing.
  autoPong: false,
};
const NORMAL = 1000;
const LAST = Buffer.from('last');

/** Rejects with `cancelled` when the client leaves or asks in a way that is no WebSocket's; it has been told then. */
export function upgradeToWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string | undefined,
): Promise<OpenSocket> {
  const server = new WebSocketServer(OPTIONS);
  // The library takes it away.
  const idleTimeoutMs = socket.timeout ?? 0;
  // It is agreed on already, and the library would not read one with a slash, as tunnels have it.
  delete request.headers['sec-websocket-protocol'];
  if (protocol !== undefined)
    server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new LongshoreError('cancelled', 'the client closed the connection')));
    server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      socket.setTimeout(idleTimeoutMs);
      answerPings({ webSocket, socket });
      resolve({ webSocket, socket, goodbye: closing({ webSocket, socket }) });
    });
  });
}

interface Connection {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
}

/** Each at once, or when something can be sent again the newest. */
function answerPings({ webSocket, socket }: Connection): void {
  let waiting: Buffer | undefined;
  const answer = () => {
    if (waiting) webSocket.pong(waiting);
    waiting = undefined;
  };
  webSocket.on('ping', (data) => {
    const isWaitedFor = waiting !== undefined;
    waiting = data;
    if (!socket.writableNeedDrain) answer();
    else if (!isWaitedFor) socket.once('drain', answer);
  });
}

/** Has a client that has heard all there is to hear close its end soon; gives what says goodbye to one that may not have yet. */
function closing({ webSocket, socket }: Connection): () => void {
  const close = webSocket.close.bind(webSocket);
  const closeSoon = () => {
    socket.setTimeout(CLOSE_WITHIN_MS);
  };
  // As the library does when the client has said goodbye, or has broken the protocol.
  webSocket.close = (code, reason) => {
    closeSoon();
    close(code, reason);
  };
  return () => {
    // Who answers has read all that came before.
    webSocket.on('pong', (data) => {
      if (data.equals(LAST)) closeSoon();
    });
    webSocket.ping(LAST);
    close(NORMAL);
  };
}

/** What the client's messages carry, whatever their bounds, and back. */
export async function upgradeToTunnel(upgrade: Upgrade, protocol: string): Promise<Duplex> {
  const { webSocket } = await upgradeToWebSocket(upgrade, protocol);
  const duplex = createWebSocketStream(webSocket);
  // Tells of the close that follows.
  duplex.on('error', () => undefined);
  return duplex;
}
