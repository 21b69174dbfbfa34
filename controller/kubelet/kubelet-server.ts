// The HTTPS API of the virtual node's kubelet: what `kubectl logs` reaches through the API server. This file owns the
// socket, its limits and its end; request-handler.ts answers. HTTP/1.1 only, as the API server's upgrades need it.
// Client certificates are requested, never required: callers with a bearer token have none.
import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { createClientTrust, readClientCas } from './client-trust.ts';
import { type KubeletMeter, NO_METER } from './kubelet-meter.ts';
import { createRequestHandler, type HandlerDeps } from './request-handler.ts';
import { describeRequest, parseTarget } from './routes.ts';
import { createStreamHandler, type StreamHandlerDeps, wantsStream } from './stream-handler.ts';

export interface KubeletTls {
  readonly certPem: string;
  readonly keyPem: string;
  /** Signs the certificates of the kubelet API's clients; absent: only bearer tokens are accepted. */
  readonly clientCaPem?: string;
}

export interface KubeletServerDeps
  extends Omit<HandlerDeps & StreamHandlerDeps, 'maxStreams' | 'streamIdleTimeoutMs' | 'trust'> {
  readonly tls: KubeletTls;
  readonly meter?: KubeletMeter;
}

export interface KubeletServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default: all addresses. */
  readonly host?: string;
  readonly limits?: Partial<KubeletLimits>;
}

export interface KubeletLimits {
  readonly maxConnections: number;
  readonly maxStreams: number;
  /** For the TLS handshake, and for the headers of each request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Longer than the API server keeps idle connections (90 s), so that it is never the one surprised. */
  readonly idleTimeoutMs: number;
  /** Without a byte either way an upgraded connection is closed, as a kubelet closes it. */
  readonly streamIdleTimeoutMs: number;
  /** After so long without a byte the system asks, ten times a second apart, whether the client's machine is there. */
  readonly keepAliveAfterMs: number;
  /** The words of a command are in it: 128 KiB, each byte of which may be escaped. */
  readonly maxHeaderBytes: number;
  /** Of a client without a certificate of the client CA: anybody may hold as many connections as there are. */
  readonly maxStrangerHeaderBytes: number;
}

export const KUBELET_LIMITS: KubeletLimits = {
  maxConnections: 1024,
  maxStreams: 512,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 120_000,
  streamIdleTimeoutMs: 4 * 3_600_000,
  keepAliveAfterMs: 15_000,
  maxHeaderBytes: 400 * 1024,
  maxStrangerHeaderBytes: 64 * 1024,
};

export interface KubeletServer extends AsyncDisposable {
  /** Listens; resolves with the port. Rejects with a LongshoreError when it cannot. */
  start(): Promise<number>;
  /**
   * From now on new connections get this certificate, and client certificates count that this client CA stands for. What is
   * going on goes on. Throws `invalid` when certificate, key and CA do not make a pair, and keeps what it had.
   */
  replaceTls(tls: KubeletTls): void;
  /** Stops listening, cuts every stream and connection. Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}

export function createKubeletServer(deps: KubeletServerDeps, options: KubeletServerOptions): KubeletServer {
  const limits = { ...KUBELET_LIMITS, ...options.limits };
  const log = deps.log.child({ part: 'kubelet-api' });
  const { maxStreams, streamIdleTimeoutMs } = limits;
  const { clock, meter = NO_METER } = deps;
  const trust = createClientTrust(clock, readClientCas(deps.tls.clientCaPem));
  const shared = { ...deps, trust, log, maxStreams };
  const handle = createRequestHandler(shared);
  const stream = createStreamHandler({ ...shared, streamIdleTimeoutMs });
  const stopping = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const upgraded = new Set<Socket>();
  let { clientCaPem } = deps.tls;
  const server = createServer(serverOptions(deps.tls, limits));
  server.maxConnections = limits.maxConnections;
  server.on('connection', (socket) => {
    if (socket instanceof Socket) trust.accepted(socket);
  });
  // Before the listener of Node's own, which reads the bound for each connection that begins.
  server.prependListener('secureConnection', (socket) => {
    trust.begun(socket);
    const maxHeaderSize = socket.authorized ? limits.maxHeaderBytes : limits.maxStrangerHeaderBytes;
    Object.assign(server, { maxHeaderSize });
  });

  const own = ({ method = '', url = '' }: IncomingMessage, answer: () => Promise<number>) => {
    const ended = meter.began(describeRequest(method, parseTarget(url)?.segments ?? []));
    const sinceMs = clock.monotonicMs();
    const done = answer().then((status) => {
      inFlight.delete(done);
      ended(status, clock.monotonicMs() - sinceMs);
    });
    inFlight.add(done);
  };
  server.on('request', (request, response) => {
    const signal = AbortSignal.any([stopping.signal, clientGone(response)]);
    own(request, async () => {
      await handle(request, response, signal);
      return response.headersSent ? response.statusCode : 0;
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const gone = new AbortController();
    const signal = AbortSignal.any([stopping.signal, gone.signal]);
    socket.on('timeout', () => socket.destroy());
    socket.setTimeout(limits.idleTimeoutMs);
    // Tells of the close that follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      upgraded.delete(socket);
      gone.abort(clientLeft());
    });
    upgraded.add(socket);
    own(request, () => stream({ request, socket, head }, signal));
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug({ error: describeError(error) }, 'TLS handshake failed');
    socket.destroy();
  });

  return {
    async start() {
      await listen(server, options);
      server.on('error', (error) => log.error({ error: describeError(error) }, 'kubelet API server'));
      const { port } = server.address() as AddressInfo;
      log.info({ port }, 'kubelet API listens');
      return port;
    },
    replaceTls(tls) {
      // What TLS cannot read of it would be passed over in silence.
      const cas = readClientCas(tls.clientCaPem);
      server.setSecureContext(secureOptions(tls));
      if (tls.clientCaPem === clientCaPem) return;
      trust.replaceCas(cas);
      clientCaPem = tls.clientCaPem;
      server.closeIdleConnections();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new LongshoreError('cancelled', 'the kubelet API stops'));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
      await Promise.all([closed, ...inFlight]);
    },
  };
}

function serverOptions(tls: KubeletTls, limits: KubeletLimits): ServerOptions {
  return {
    ...secureOptions(tls),
    ALPNProtocols: ['http/1.1'],
    requestCert: true,
    rejectUnauthorized: false,
    shouldUpgradeCallback: wantsStream,
    handshakeTimeout: limits.headersTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    keepAliveTimeout: limits.idleTimeoutMs,
    maxHeaderSize: limits.maxHeaderBytes,
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveAfterMs,
  };
}

/** Checked as a whole, so that a bad pair is refused here and not at the next handshake. */
function secureOptions(tls: KubeletTls): SecureContextOptions {
  const secure: SecureContextOptions = {
    cert: tls.certPem,
    key: tls.keyPem,
    // Never undefined: Node would then trust every public CA to name our callers.
    ca: tls.clientCaPem === undefined ? [] : [tls.clientCaPem],
    minVersion: 'TLSv1.2',
    // A resumed session would carry its caller past a replaced client CA.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    createSecureContext(secure);
  } catch (cause) {
    throw new LongshoreError(
      'invalid',
      'the certificate of the kubelet API cannot be used: certificate, key and client CA must be PEM, and the key the certificate’s own',
      { cause },
    );
  }
  return secure;
}

function listen(server: Server, { port, host }: KubeletServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, { port, host }));
    server.once('error', onError);
    server.listen({ port, host }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function cannotListen(cause: NodeJS.ErrnoException, { port, host }: KubeletServerOptions): LongshoreError {
  const where = `${host ?? '*'}:${port}`;
  if (cause.code === 'EADDRINUSE') {
    return new LongshoreError(
      'already-exists',
      `the kubelet API cannot listen on ${where}: another process does; stop it (on a Kubernetes node it is the kubelet) or choose another address with --kubelet-listen`,
      { cause },
    );
  }
  return new LongshoreError(
    'precondition',
    `the kubelet API cannot listen on ${where}: choose another address with --kubelet-listen`,
    { cause },
  );
}

/** Aborts when the connection ends before the response does, and when it has ended. */
function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort(clientLeft()));
  return controller.signal;
}

function clientLeft(): LongshoreError {
  return new LongshoreError('cancelled', 'the client closed the connection');
}
