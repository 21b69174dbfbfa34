// Calls to the API server: plain HTTP and JSON over one connection pool. Every call has a time limit, every answer a
// size limit, and every failure is an ApiError. Only reads are repeated by themselves, and only when the connection
// failed before an answer; a refused credential is read again and tried once more (the server did nothing yet).
import { type Dispatcher, request as httpRequest } from 'undici';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { VERSION } from '../../common/version.ts';
import { ApiError, errorOfAnswer, errorOfConnection } from './api-error.ts';
import { createGate } from './gate.ts';
import { type CredentialsOptions, loadCredentials } from './kubeconfig.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export type PatchType =
  | 'application/strategic-merge-patch+json'
  | 'application/merge-patch+json'
  | 'application/json-patch+json';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Already escaped; see resource-path.ts. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Default `application/json`; a PATCH must say which kind it is. */
  readonly contentType?: PatchType;
  /** For the whole call, waiting for a free connection excepted. Default 15 s. */
  readonly timeoutMs?: number;
  /** Waits behind no other call: what all the others depend on. */
  readonly isUrgent?: boolean;
  readonly signal?: AbortSignal;
}

export interface StreamRequest {
  readonly path: string;
  readonly query?: Query;
  /** How long nothing may arrive before the stream fails. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

export interface KubeClient extends AsyncDisposable {
  readonly server: string;
  readonly namespace: string | undefined;
  /** The answer's JSON, trusted to be what the API promises for this path. */
  request<T>(request: KubeRequest): Promise<T>;
  /** Resolves when the server has accepted; ends quietly when the server ends it, else fails with an ApiError. */
  stream(request: StreamRequest): Promise<AsyncIterable<Buffer>>;
}

export interface KubeClientOptions extends CredentialsOptions {
  readonly clock: Clock;
  /** Undefined: nothing is told. */
  readonly log?: Pick<Log, 'info'> | undefined;
  /** Calls in flight, streams not counted. Default 64. */
  readonly maxConcurrent?: number;
  /** Default 32 MiB. */
  readonly maxResponseBytes?: number;
  /** Hears of every exchange with the server, repeated ones one by one. */
  readonly onExchange?: (exchange: ApiExchange) => void;
}

export interface ApiExchange {
  readonly server: string;
  readonly method: KubeRequest['method'];
  readonly path: string;
  readonly isWatch: boolean;
  /** Undefined: no answer came. */
  readonly statusCode: number | undefined;
  /** Until its headers came. */
  readonly durationMs: number;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const READ_ATTEMPTS = 3;
const READ_RETRY_DELAY_MS = 200;
const MAX_ERROR_BYTES = 64 * 1024;

/** Reads the kubeconfig and throws `invalid` when it cannot be used; connects to nothing yet. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { clock, log, maxResponseBytes = 32 * 1024 * 1024 } = options;
  const credentials = loadCredentials(options, clock);
  const gate = createGate(options.maxConcurrent ?? 64);
  const { server } = credentials;

  const observed = async (call: Call, ask: () => Promise<Dispatcher.ResponseData>) => {
    const { method, path, query } = call;
    const sinceMs = clock.monotonicMs();
    const told = (statusCode: number | undefined) =>
      options.onExchange?.({
        ...{ server, method, path, statusCode, isWatch: query?.['watch'] === true },
        durationMs: clock.monotonicMs() - sinceMs,
      });
    try {
      const response = await ask();
      told(response.statusCode);
      return response;
    } catch (error) {
      told(undefined);
      throw error;
    }
  };

  /** One exchange, credentials renewed once when they are refused. */
  const exchange = async (call: Call): Promise<Dispatcher.ResponseData> => {
    for (;;) {
      const { dispatcher, headers } = await credentials.access();
      const response = await observed(call, () => send(server, call, { dispatcher, headers }));
      if (response.statusCode < 300) return response;
      const error = await failure(call, response);
      if (error.statusCode !== 401 || !credentials.refresh()) throw error;
      log?.info('the API server refused our credentials; they are read again');
    }
  };

  const withRetries = async (request: KubeRequest, signal: AbortSignal): Promise<unknown> => {
    for (let tries = 1; ; tries++) {
      try {
        const response = await exchange(callOf(request, signal));
        return await readJson(response, { server, maxResponseBytes, signal });
      } catch (error) {
        if (signal.aborted || request.method !== 'GET' || tries >= READ_ATTEMPTS) throw error;
        if (!isConnectionFailure(error)) throw error;
        await clock.sleep(READ_RETRY_DELAY_MS * tries, signal);
      }
    }
  };
  const withinTime = (request: KubeRequest) =>
    withDeadline(clock, request, (signal) => withRetries(request, signal));

  return {
    server,
    namespace: credentials.namespace,
    request: <T>(request: KubeRequest) =>
      (request.isUrgent
        ? withinTime(request)
        : gate.run(() => withinTime(request), request.signal)) as Promise<T>,
    async stream({ path, query, idleTimeoutMs, signal }) {
      const call: Call = { method: 'GET', path, query, signal, bodyTimeoutMs: idleTimeoutMs };
      const response = await exchange(call).catch((cause: unknown) => {
        throw signal.aborted ? cancelled(signal) : cause;
      });
      return chunks(response.body, { server, signal });
    },
    [Symbol.asyncDispose]: () => credentials.close(),
  };
}

interface Call {
  readonly method: KubeRequest['method'];
  readonly path: string;
  readonly query: Query | undefined;
  readonly signal: AbortSignal;
  readonly body?: string;
  readonly contentType?: string;
  readonly bodyTimeoutMs?: number;
}

function callOf(request: KubeRequest, signal: AbortSignal): Call {
  const { method, path, query, body, contentType } = request;
  if (method === 'PATCH' && !contentType) {
    throw new LongshoreError('internal', `PATCH ${path} does not say what kind of patch it is`);
  }
  return {
    method,
    path,
    query,
    signal,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), contentType: contentType ?? 'application/json' }),
  };
}

async function send(
  server: string,
  call: Call,
  access: { dispatcher: Dispatcher; headers: Readonly<Record<string, string>> },
): Promise<Dispatcher.ResponseData> {
  try {
    const answered = httpRequest(`${server}${call.path}${queryText(call.query)}`, {
      dispatcher: access.dispatcher,
      method: call.method,
      headers: {
        ...access.headers,
        accept: 'application/json',
        'user-agent': `longshore-controller/${VERSION}`,
        ...(call.contentType ? { 'content-type': call.contentType } : {}),
      },
      body: call.body ?? null,
      signal: call.signal,
      // The deadline of the call is ours; this one only ends streams that never begin.
      headersTimeout: 60_000,
      bodyTimeout: call.bodyTimeoutMs ?? 60_000,
    });
    return await orAborted(answered, call.signal);
  } catch (cause) {
    if (call.signal.aborted) throw call.signal.reason;
    throw errorOfConnection(server, cause);
  }
}

/** undici looks at the signal only once it is connected: a server that does not even shake hands would hold us up. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}

async function failure(call: Call, response: Dispatcher.ResponseData): Promise<ApiError> {
  const body = await readBounded(response.body, MAX_ERROR_BYTES).catch(() => undefined);
  const { 'retry-after': retryAfter } = response.headers;
  return errorOfAnswer(`${call.method} ${call.path}`, {
    statusCode: response.statusCode,
    body: body ?? '',
    retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
  });
}

async function readJson(
  response: Dispatcher.ResponseData,
  { server, maxResponseBytes, signal }: { server: string; maxResponseBytes: number; signal: AbortSignal },
): Promise<unknown> {
  let text: string | undefined;
  try {
    text = await readBounded(response.body, maxResponseBytes);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw errorOfConnection(server, cause);
  }
  if (text === undefined) {
    throw new ApiError(
      'exhausted',
      `the API server ${server} answered with more than ${maxResponseBytes} bytes`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `${server} did not answer with JSON: check that it is a Kubernetes API server and not a proxy's page`;
    throw new ApiError('unavailable', message, { statusCode: response.statusCode, cause });
  }
}

/** Undefined when the body is larger; the rest is then thrown away with its connection. */
async function readBounded(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function* chunks(
  body: Dispatcher.ResponseData['body'],
  { server, signal }: { server: string; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  try {
    yield* body;
  } catch (cause) {
    throw signal.aborted ? cancelled(signal) : errorOfConnection(server, cause);
  }
}

/** Runs `work` with a signal that aborts with the caller's own, or with `unavailable` at the deadline. */
async function withDeadline<T>(
  clock: Clock,
  { method, path, timeoutMs = DEFAULT_TIMEOUT_MS, signal }: KubeRequest,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const done = new AbortController();
  const expired = clock.sleep(timeoutMs, done.signal).then(
    () =>
      deadline.abort(
        new ApiError('unavailable', `${method} ${path}: no answer within ${timeoutMs} ms`, {
          reason: 'Timeout',
        }),
      ),
    () => undefined,
  );
  try {
    return await work(signal ? AbortSignal.any([deadline.signal, signal]) : deadline.signal);
  } catch (error) {
    throw signal?.aborted ? cancelled(signal) : error;
  } finally {
    done.abort();
    await expired;
  }
}

function cancelled(signal: AbortSignal): LongshoreError {
  return new LongshoreError('cancelled', 'the call was cancelled', { cause: signal.reason });
}

function isConnectionFailure(error: unknown): boolean {
  return error instanceof ApiError && error.statusCode === undefined && error.code === 'unavailable';
}

function queryText(query: Query | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
