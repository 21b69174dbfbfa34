// Where the API server is and how to prove who we are: loads a kubeconfig or the ServiceAccount of the pod we run in,
// and keeps one connection pool for as long as the TLS material stays the same. Certificates, keys and token files are
// read again every few seconds, so rotated ones are picked up without a restart.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Clock } from '../../common/clock.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';

export interface CredentialsOptions {
  /** A kubeconfig file. Absent: $KUBECONFIG, then ~/.kube/config, then the ServiceAccount of the pod we run in. */
  readonly kubeconfigPath?: string | undefined;
  /** Of the kubeconfig; absent: its current one. */
  readonly context?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** In place of the user: this certificate, asked for again and again. Throws while there is none. */
  readonly certificate?: (() => ClientCertificate) | undefined;
}

export interface ClientCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface Access {
  readonly dispatcher: Dispatcher;
  /** For clients that need a socket of their own; undefined where the way goes through a proxy, or without TLS. */
  readonly direct?: TlsMaterial;
  /** `authorization` and impersonation; never logged. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  /** Such as `https://10.0.0.1:6443`, without a slash at its end. */
  readonly server: string;
  /** The namespace of the context or the ServiceAccount. */
  readonly namespace: string | undefined;
  /** What the next call needs. Cheap; reads files at most every ten seconds. */
  access(): Promise<Access>;
  /** The server refused what access() gave: read everything again. False when that was done a moment ago. */
  refresh(): boolean;
  close(): Promise<void>;
}

const REREAD_MS = 10_000;
const EXEC_PLUGIN_TIMEOUT_MS = 60_000;

/** Reads the configuration at once, so that a wrong path fails here and not at the first call. */
export function loadCredentials(options: CredentialsOptions, clock: Clock): Credentials {
  let config = loadConfig(options);
  const cluster = clusterOf(config);
  const pool = createPool();
  let current: { readonly access: Promise<Access>; readonly readAtMs: number } | undefined;
  let refreshedAtMs = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<Access> => {
    const user = options.certificate ? withCertificate(config, options.certificate()) : config;
    const { headers, tls } = await readMaterial(user, clock);
    const isDirect =
      cluster.server.startsWith('https:') && config.getCurrentCluster()?.proxyUrl === undefined;
    return { headers, dispatcher: pool.get(user, tls), ...(isDirect && { direct: tls }) };
  };
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    access() {
      const nowMs = clock.monotonicMs();
      if (!current || nowMs - current.readAtMs > REREAD_MS) {
        const access = read();
        const entry = { access, readAtMs: nowMs };
        current = entry;
        access.catch(() => {
          if (current === entry) current = undefined;
        });
      }
      return current.access;
    },
    refresh() {
      if (clock.monotonicMs() - refreshedAtMs < REREAD_MS) return false;
      refreshedAtMs = clock.monotonicMs();
      try {
        config = loadConfig(options);
      } catch {
        return false;
      }
      current = undefined;
      return true;
    },
    close: () => pool.close(),
  };
}

function loadConfig(options: CredentialsOptions): KubeConfig {
  const config = new KubeConfig();
  const source = configSource(options);
  try {
    if (source.kind === 'in-cluster') config.loadFromCluster();
    else if (source.kind === 'file') config.loadFromFile(source.path);
    else config.loadFromDefault();
  } catch (cause) {
    throw new LongshoreError(
      'invalid',
      `cannot read the kubeconfig ${source.path}: ${describeError(cause)}`,
      {
        cause,
      },
    );
  }
  if (options.context) config.setCurrentContext(options.context);
  clusterOf(config);
  return config;
}

interface ConfigSource {
  readonly kind: 'in-cluster' | 'file' | 'list';
  readonly path: string;
}

function configSource({ kubeconfigPath, env = process.env }: CredentialsOptions): ConfigSource {
  if (kubeconfigPath) {
    if (existsSync(kubeconfigPath)) return { kind: 'file', path: kubeconfigPath };
    throw new LongshoreError(
      'invalid',
      `the kubeconfig ${kubeconfigPath} does not exist: give the right path with --kubeconfig`,
    );
  }
  const list = env['KUBECONFIG'];
  if (list) {
    const missing = list.split(':').find((path) => path !== '' && !existsSync(path));
    if (missing === undefined) return { kind: 'list', path: list };
    throw new LongshoreError('invalid', `$KUBECONFIG names ${missing}, which does not exist`);
  }
  const home = join(env['HOME'] ?? homedir(), '.kube/config');
  if (existsSync(home)) return { kind: 'file', path: home };
  if (env['KUBERNETES_SERVICE_HOST']) return { kind: 'in-cluster', path: 'of the pod’s ServiceAccount' };
  throw new LongshoreError(
    'invalid',
    `no kubeconfig: give one with --kubeconfig or $KUBECONFIG (looked for ${home}, and this is not a pod)`,
  );
}

function clusterOf(config: KubeConfig): { readonly server: string } {
  const cluster = config.getCurrentCluster();
  const fault = cluster && config.getCurrentUser() ? urlFault(cluster.server) : contextFault(config);
  if (!cluster || fault) throw new LongshoreError('invalid', `the kubeconfig cannot be used: ${fault}`);
  return cluster;
}

/** The same cluster, as another user. */
function withCertificate(config: KubeConfig, { certificatePem, keyPem }: ClientCertificate): KubeConfig {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new LongshoreError('invalid', 'the kubeconfig names no cluster');
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const other = new KubeConfig();
  other.loadFromClusterAndUser(cluster, {
    name: 'certificate',
    certData: base64(certificatePem),
    keyData: base64(keyPem),
  });
  return other;
}

function urlFault(server: string): string | undefined {
  const protocol = URL.canParse(server) ? new URL(server).protocol : '';
  return /^https?:$/.test(protocol) ? undefined : `its server '${server}' is not an https:// address`;
}

function contextFault(config: KubeConfig): string {
  const name = config.getCurrentContext();
  if (!name) return 'it has no current-context: choose one with --context or kubectl config use-context';
  const names = config.getContexts().map((context) => context.name);
  if (!names.includes(name)) return `it has no context '${name}', only: ${names.join(', ') || 'none'}`;
  return `its context '${name}' names a cluster or user it does not have`;
}

export type TlsMaterial = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

async function readMaterial(
  config: KubeConfig,
  clock: Clock,
): Promise<{ headers: Record<string, string>; tls: TlsMaterial }> {
  const given: RequestOptions = {};
  const done = new AbortController();
  try {
    // An exec plugin runs here; a hung one must not hang every call.
    await Promise.race([config.applyToHTTPSOptions(given), giveUp(clock, done.signal)]);
  } catch (cause) {
    throw new LongshoreError('unauthenticated', `cannot load our credentials: ${describeError(cause)}`, {
      cause,
    });
  } finally {
    done.abort();
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given.headers ?? {}))
    headers[name.toLowerCase()] = `${value}`.trim();
  if (given.auth) headers['authorization'] = `Basic ${Buffer.from(given.auth).toString('base64')}`;
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = given;
  return { headers, tls: { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } };
}

async function giveUp(clock: Clock, signal: AbortSignal): Promise<never> {
  await clock.sleep(EXEC_PLUGIN_TIMEOUT_MS, signal);
  throw new LongshoreError('unavailable', 'the credential plugin did not end within 60 s');
}

/** The dispatcher of the newest TLS material; an older one ends when its calls have, or with the pool. */
function createPool() {
  let newest: { readonly key: string; readonly dispatcher: Dispatcher } | undefined;
  const open = new Set<Dispatcher>();
  const retire = (dispatcher: Dispatcher) =>
    dispatcher.close().then(
      () => open.delete(dispatcher),
      () => open.delete(dispatcher),
    );
  return {
    get(config: KubeConfig, tls: TlsMaterial): Dispatcher {
      const key = fingerprint(tls);
      if (newest?.key === key) return newest.dispatcher;
      if (newest) void retire(newest.dispatcher);
      newest = { key, dispatcher: createDispatcher(config, tls) };
      open.add(newest.dispatcher);
      return newest.dispatcher;
    },
    async close(): Promise<void> {
      newest = undefined;
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
      open.clear();
    },
  };
}

function createDispatcher(config: KubeConfig, tls: TlsMaterial): Dispatcher {
  const chosen = config.createDispatcherOptions(config.getCurrentCluster(), tls);
  const common = { allowH2: false, keepAliveTimeout: 30_000, keepAliveMaxTimeout: 90_000 } as const;
  const connect = { timeout: 10_000, keepAlive: true, keepAliveInitialDelay: 30_000 };
  switch (chosen.type) {
    case 'proxy':
      return new ProxyAgent({ ...common, uri: chosen.uri, requestTls: { ...chosen.requestTls, ...connect } });
    case 'socks':
      return new Socks5ProxyAgent(chosen.uri, {
        ...common,
        requestTls: { ...chosen.requestTls, ...connect },
      });
    case 'agent':
      return new Agent({ ...common, connect: { ...chosen.connect, ...connect } });
    case 'none':
      return new Agent({ ...common, connect });
  }
}

function fingerprint(tls: TlsMaterial): string {
  const hash = createHash('sha256');
  for (const [name, value] of Object.entries(tls)) {
    if (value !== undefined)
      hash.update(`\0${name}\0`).update(Buffer.isBuffer(value) ? value : String(value));
  }
  return hash.digest('hex');
}
