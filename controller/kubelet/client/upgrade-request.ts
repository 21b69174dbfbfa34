// Asks a server for an upgrade: the connection it becomes, or the refusal in the server's own words.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { type ErrorCode, LongshoreError } from '../../../common/errors.ts';
import type { Endpoint } from '../../cli/stream-client.ts';

export interface UpgradeAsked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Headers that say what it is to become. */
  readonly ask: Readonly<Record<string, string>>;
}

/** The signal ends the connection, whatever it has become. */
export async function upgradeRequest(
  { url, headers, tls }: Endpoint,
  { method, path, ask }: UpgradeAsked,
  signal: AbortSignal,
): Promise<Socket> {
  const asking = request(`${url}${path}`, {
    ...tls,
    ...{ method, agent: false, signal, headers: { ...headers, connection: 'Upgrade', ...ask } },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  asking.on('upgrade', (_response, socket, head) => {
    socket.on('error', () => undefined);
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  refusals(asking, reject);
  asking.end();
  return promise;
}

export async function openWebSocket(
  { url, headers, tls }: Endpoint,
  { path, protocols }: { readonly path: string; readonly protocols: readonly string[] },
  signal: AbortSignal,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, [...protocols], {
    ...{ ...tls, headers, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES },
  });
  signal.addEventListener('abort', () => socket.terminate(), { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.on('open', () => resolve(socket));
  socket.on('unexpected-response', (_request, response) => void refusal(response).then(reject));
  socket.on('error', (cause) => reject(unreachable(cause)));
  if (signal.aborted) socket.terminate();
  return promise;
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_REFUSAL_BYTES = 4096;

function refusals(asking: ClientRequest, reject: (error: LongshoreError) => void): void {
  asking.on('response', (response) => void refusal(response).then(reject));
  asking.on('error', (cause) => reject(unreachable(cause)));
}

export function unreachable(cause: unknown): LongshoreError {
  const text =
    cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : String(cause);
  return new LongshoreError('unavailable', text || 'the connection failed', { cause });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
};

export async function refusal(response: IncomingMessage): Promise<LongshoreError> {
  const { statusCode = 0 } = response;
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What came is what can be said.
  }
  response.destroy();
  const text = messageOf(Buffer.concat(parts).subarray(0, MAX_REFUSAL_BYTES).toString('utf8').trim());
  return new LongshoreError(
    CODES[statusCode] ?? 'unavailable',
    `${statusCode} ${text || response.statusMessage}`,
  );
}

/** An API server answers with a Status object. */
function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}
