// One request passed on to another server, byte for byte: bodies both ways, upgrades (SPDY, WebSocket) as raw bytes on
// the joined sockets. When either side goes away, so does the other.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describeError } from '../../common/errors.ts';
import type { ApiContext } from './api-context.ts';
import { ApiError, badRequest, internalError } from './api-error.ts';
import type { Target } from './objects.ts';
import { sendError } from './reply.ts';
import type { Exchange } from './resource-calls.ts';

export interface Upstream {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

export interface Forward extends Upstream {
  readonly object: Target;
  /** As for logs: answers that are not 2xx become a Status, and one that is cut off ends; else they pass as they are. */
  readonly checked: boolean;
}

const MAX_ERROR_BYTES = 2000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Headers that concern one connection, and who the caller is: that stays here. */
const NOT_FORWARDED = [
  'authorization',
  'host',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
];

/** Resolves when the answer has been passed on or the client is gone. */
export async function forward(context: ApiContext, exchange: Exchange, to: Forward): Promise<void> {
  const { request, response } = exchange;
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const signal = AbortSignal.any([ended.signal, context.stopping]);
  const upstream = open(context, exchange, to, signal);
  const failed = new Promise<never>((_resolve, reject) => upstream.once('error', reject));
  failed.catch(() => undefined);
  try {
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD';
    if (hasBody) request.pipe(upstream);
    else upstream.end();
    const answer = await Promise.race([answered(upstream), failed]);
    if (to.checked && ((answer.statusCode ?? 0) < 200 || (answer.statusCode ?? 0) > 206)) {
      throw statusOf(answer.statusCode ?? 500, await errorText(answer), to);
    }
    response.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer));
    response.flushHeaders();
    await pipeline(to.checked ? untilCut(answer) : answer, response);
  } catch (error) {
    if (signal.aborted) return;
    if (response.headersSent) response.destroy();
    else sendError(request, response, unreachable(error, to));
  } finally {
    upstream.destroy();
  }
}

/** Joins the client's socket to the kubelet's once that has agreed to upgrade. */
export function forwardUpgrade(
  context: ApiContext,
  client: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  to: Upstream,
): Promise<void> {
  const { request, socket, head } = client;
  return new Promise((resolve) => {
    const options = requestOptions(context, to, {
      ...keep(request.headers),
      connection: 'Upgrade',
      host: `${to.host}:${to.port}`,
    });
    const upstream = (to.tls ? httpsRequest : httpRequest)({ ...options, method: request.method });
    let joined: Duplex | undefined;
    const close = () => {
      // A request that has been upgraded lets go of its connection.
      upstream.destroy();
      joined?.destroy();
      socket.destroy();
      resolve();
    };
    context.stopping.addEventListener('abort', close, { once: true });
    socket.once('close', close);
    socket.once('error', close);
    upstream.once('error', (error) => {
      const message = dialError(error, to);
      socket.end(
        plainAnswer(
          500,
          'Internal Server Error',
          JSON.stringify(internalError(`error dialing backend: ${message}`).status),
        ),
      );
    });
    upstream.once('response', (answer) => {
      void errorText(answer).then((text) => {
        socket.end(
          plainAnswer(
            answer.statusCode ?? 502,
            answer.statusMessage ?? '',
            text,
            answer.headers['content-type'],
          ),
        );
      }, close);
    });
    upstream.once('upgrade', (answer, backend: Duplex, early) => {
      joined = backend;
      socket.write(upgradeAnswer(answer));
      if (early.length > 0) socket.write(early);
      if (head.length > 0) backend.write(head);
      backend.once('error', close);
      backend.once('close', close);
      socket.pipe(backend);
      backend.pipe(socket);
    });
    upstream.end();
    socket.once('close', () => context.stopping.removeEventListener('abort', close));
  });
}

function open(context: ApiContext, { request }: Exchange, to: Forward, signal: AbortSignal): ClientRequest {
  const options = { ...requestOptions(context, to, keep(request.headers)), method: request.method, signal };
  const upstream = (to.tls ? httpsRequest : httpRequest)(options);
  upstream.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => upstream.destroy(new Error(`dial tcp ${to.host}:${to.port}: i/o timeout`)),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('connect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
  });
  return upstream;
}

function requestOptions(
  { kubeletClient }: ApiContext,
  to: Upstream,
  headers: Record<string, string | string[]>,
) {
  const tls = to.tls
    ? { cert: kubeletClient.certificate, key: kubeletClient.key, rejectUnauthorized: false }
    : {};
  return { host: to.host, port: to.port, path: to.path, headers, agent: false as const, ...tls };
}

function keep(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_FORWARDED.includes(name) || name.startsWith('impersonate-')) continue;
    kept[name] = value;
  }
  return kept;
}

function forwardedHeaders(answer: IncomingMessage): Record<string, string | string[]> {
  return keep(answer.headers);
}

function answered(upstream: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve) => upstream.once('response', resolve));
}

/** As the real server has it: it does not tell its client that a log is not whole. */
async function* untilCut(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* answer;
  } catch {
    // What has come is all there is.
  }
}

async function errorText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) {
    text += String(chunk);
    if (text.length > MAX_ERROR_BYTES) break;
  }
  return text.slice(0, MAX_ERROR_BYTES);
}

function statusOf(code: number, text: string, { object }: Forward): ApiError {
  if (code === 400) return badRequest(text);
  if (code === 500) return internalError(text);
  const subject = `get ${object.resource.plural} ${object.name}`;
  const details = {
    name: object.name,
    kind: object.resource.plural,
    causes: [{ reason: 'UnexpectedServerResponse', message: text }],
  };
  if (code === 404) {
    return new ApiError(
      404,
      'NotFound',
      `the server could not find the requested resource ( ${object.resource.plural} ${object.name})`,
      details,
    );
  }
  return new ApiError(code, code === 403 ? 'Forbidden' : 'InternalError', `${text} (${subject})`, details);
}

function unreachable(error: unknown, to: Forward): ApiError {
  if (error instanceof ApiError) return error;
  const url = `${to.tls ? 'https' : 'http'}://${to.host}:${to.port}${to.path}`;
  return internalError(`Get "${url}": ${dialError(error, to)}`);
}

/** In the words of the real server's dialer. */
function dialError(error: unknown, { host, port }: Upstream): string {
  const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  return refused ? `dial tcp ${host}:${port}: connect: connection refused` : describeError(error);
}

function upgradeAnswer(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 101 ${answer.statusMessage || 'Switching Protocols'}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function plainAnswer(code: number, words: string, body: string, type = 'application/json'): string {
  const length = Buffer.byteLength(body);
  return `HTTP/1.1 ${code} ${words}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;
}
