// The built-in control plane: storage, API server, controllers and scheduler in one process, in memory. A stand-in for
// development and tests, never for anything that matters; see README.md.
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ApiContext } from './api-context.ts';
import { type ApiServer, createApiServer } from './api-server.ts';
import { createAuthenticator } from './authentication.ts';
import { bootObjects } from './boot-objects.ts';
import { startControllers } from './controllers.ts';
import { createFieldCheck } from './field-check.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { Objects } from './objects.ts';
import { type KeyedCertificate, openPki, type Pki, writeFile } from './pki.ts';
import { Registry } from './registry.ts';
import { runScheduler } from './scheduler.ts';
import { schedulerApi } from './scheduler-api.ts';
import { Storage } from './storage.ts';
import { Tokens } from './tokens.ts';
import { WatcherCount } from './watcher-count.ts';

export interface ControlPlaneOptions {
  /** Holds kubeconfig, pki/ and, while serving, the file `ready` with the URL. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Default 127.0.0.1 and a free port. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** More addresses to serve on, same port. */
  readonly alsoListen?: readonly string[];
  /** Default true. */
  readonly scheduler?: boolean;
  /** Events kept per kind for watches to resume from. Default 2000. */
  readonly historyLimit?: number;
  readonly bookmarkMs?: number;
  readonly maxWatchers?: number;
  /** A node whose Lease is older is Unknown. Default 40 s. */
  readonly nodeGraceMs?: number;
}

export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly caCertificate: string;
  readonly pki: Pki;
  readonly objects: Objects;
}

const YEARS_DAYS = 3650;

export async function startBuiltinControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dir, clock, log } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const readyFile = join(dir, 'ready');
  rmSync(readyFile, { force: true });
  const pki = await openPki(join(dir, 'pki'), () => clock.now());
  const registry = new Registry();
  const storage = new Storage({ startRevision: clock.now(), historyLimit: options.historyLimit ?? 2000 });
  const objects = new Objects({ storage, registry, clock });
  const tokens = new Tokens({ key: pki.tokenKey, storage, now: () => clock.now() });
  const kubeletClient = await pki.issue({
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
    usage: 'client',
    days: YEARS_DAYS,
  });
  const stopping = new AbortController();
  const context: ApiContext = {
    objects,
    tokens,
    clock,
    log,
    kubeletClient,
    checkFields: createFieldCheck(),
    watchers: new WatcherCount(options.maxWatchers ?? 2000),
    bookmarkMs: options.bookmarkMs ?? 60_000,
    stopping: stopping.signal,
  };
  await using stack = new AsyncDisposableStack();
  stack.defer(() => stopping.abort());
  const { host, port } = options.listen ?? { host: '127.0.0.1', port: 0 };
  const addresses = [host, ...(options.alsoListen ?? [])];
  const serving = await pki.issue(servingRequest(addresses));
  const api = createApiServer(context, createAuthenticator(tokens));
  const first = await listen(api, { serving, pki, host, port });
  stack.defer(() => close(first));
  const bound = (first.address() as AddressInfo).port;
  for (const address of options.alsoListen ?? []) {
    const server = await listen(api, { serving, pki, host: address, port: bound });
    stack.defer(() => close(server));
  }
  stack.use(
    startControllers({ objects, registry, pki, clock, log, nodeGraceMs: options.nodeGraceMs ?? 40_000 }),
  );
  for (const { plural, group, namespace, object } of bootObjects({
    caCertificate: pki.caCertificate,
    port: bound,
  })) {
    objects.create({ resource: registry.builtin(plural, group), namespace }, object);
  }
  if (options.scheduler ?? true) {
    const signal = stopping.signal;
    const scheduler = runScheduler(schedulerApi(objects), {
      clock,
      log: log.child({ part: 'scheduler' }),
      signal,
    });
    stack.defer(async () => {
      stopping.abort();
      await scheduler.catch((error: unknown) => {
        if (!stopping.signal.aborted) log.error({ reason: describeError(error) }, 'scheduler ended');
      });
    });
  }
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  const kubeconfig = join(dir, 'kubeconfig');
  const admin = await pki.issue({
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usage: 'client',
    days: YEARS_DAYS,
  });
  writeFile(kubeconfig, kubeconfigText({ url, caCertificate: pki.caCertificate, admin }));
  writeFile(readyFile, `${url}\n`);
  stack.defer(() => rmSync(readyFile, { force: true }));
  log.info({ url }, 'built-in control plane serving (a development stand-in, in memory)');
  const owned = stack.move();
  return {
    url,
    kubeconfig,
    caCertificate: pki.caCertificate,
    pki,
    objects,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function servingRequest(addresses: readonly string[]) {
  return {
    commonName: 'kube-apiserver',
    dnsNames: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
    addresses: [...new Set(['127.0.0.1', '::1', '10.96.0.1', ...addresses])],
    usage: 'server' as const,
    days: YEARS_DAYS,
  };
}

interface ListenOptions {
  readonly serving: KeyedCertificate;
  readonly pki: Pki;
  readonly host: string;
  readonly port: number;
}

function listen(api: ApiServer, { serving, pki, host, port }: ListenOptions): Promise<Server> {
  const server = createServer({
    cert: serving.certificate,
    key: serving.key,
    ca: pki.caCertificate,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    // As Go's servers have it: the words of a command are in it.
    maxHeaderSize: 1024 * 1024,
    // Watches last; bodies do not.
    requestTimeout: 60_000,
    headersTimeout: 20_000,
    keepAliveTimeout: 120_000,
  });
  server.on('request', (request, response) => void api.handle(request, response));
  server.on('upgrade', (request, socket, head) => void api.upgrade(request, socket, head));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'is in use: choose another port or stop what uses it'
          : describeError(error);
      reject(
        new LongshoreError('unavailable', `cannot listen on ${host}:${port}: it ${why}`, { cause: error }),
      );
    });
    server.listen(port, host, () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
