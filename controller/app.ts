// The controller's composition root. What listens (gRPC, kubelet port) lives as long as the process; what watches and
// writes lives as long as a term of leadership (term.ts). Order of start: ports first, so that one in use is found
// before anything is written to the cluster; then the Lease; then the term.
import { isIP } from 'node:net';
import type { Clock } from '../common/clock.ts';
import { describeError, LongshoreError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import { CONTROLLER_SERVER_NAME } from '../common/names.ts';
import { VERSION } from '../common/version.ts';
import { loadWire } from '../proto/wire.ts';
import type { ControllerConfig } from './config.ts';
import { createAccessReviewer } from './kube/access-reviewer.ts';
import { createKubeClient, type KubeClient } from './kube/client.ts';
import { publishConfigMap, readConfigMap } from './kube/config-map.ts';
import { createLeaderElector, type Leadership } from './kube/leader.ts';
import { createSecretStore } from './kube/secrets.ts';
import { createContainerLogs } from './kubelet/container-logs.ts';
import { createKubeletServer, type KubeletServer } from './kubelet/kubelet-server.ts';
import type { NodeConfig } from './model/node-object.ts';
import { openCertificateAuthority } from './pki/certificate-authority.ts';
import { createJoinTokens } from './pki/join-tokens.ts';
import { createServingCertificate } from './pki/serving-certificate.ts';
import { type RpcServer, startRpcServer } from './rpc/rpc-server.ts';
import { createTerm, type Term } from './term.ts';

export interface Controller extends AsyncDisposable {
  readonly grpcPort: number;
  readonly kubeletPort: number;
  /** Settles when the controller ends: rejects for a defect of ours, never because the API server is away. */
  readonly done: Promise<void>;
}

export interface ControllerTools {
  readonly clock: Clock;
  readonly log: Log;
}

/** The Kubernetes level this node emulates; tools compare it, so it is a version of theirs. */
const KUBELET_VERSION = `v1.34.2-longshore.${VERSION}`;

const CONTROLLER_CONFIG_MAP = 'longshore-controller';

/** Resolves when both ports listen. Rejects with one clear error when it cannot come to that. */
export async function startController(config: ControllerConfig, tools: ControllerTools): Promise<Controller> {
  const { clock, log } = tools;
  const startedAtMs = clock.now();
  await using stack = new AsyncDisposableStack();
  const client = stack.use(
    createKubeClient({ kubeconfigPath: config.kubeconfig, context: config.context, clock, log }),
  );
  const secrets = createSecretStore(client, config.namespace);
  const authority = await openCertificateAuthority({ secrets, clock });
  const tokens = createJoinTokens({ secrets, caHash: authority.caHash, clock, log });
  const serving = await createServingCertificate({ authority, clock, log }, servingNames(config));
  const reviewer = createAccessReviewer(client);

  let term: Term | undefined;
  const leading = (): Term => {
    if (!term) throw new LongshoreError('unavailable', 'this controller is not the leader; another one is');
    return term;
  };
  const rpc = stack.use(
    await startRpcServer(
      {
        ...{ wire: loadWire(), clock, log, issuer: authority, tokens, reviewer },
        directory: {
          get: (name) => term?.agents.get(name),
          create: (agent) => leading().agents.create(agent),
        },
        fleet: {
          status: () => leading().view.status(),
          agents: () => leading().view.agents(),
          pods: (filter) => leading().view.pods(filter),
        },
      },
      {
        listen: config.grpcListen,
        tls: { ...serving.current(), caPem: authority.caPem },
        nodeName: config.nodeName,
        advertiseAddress: config.advertiseAddress,
      },
    ),
  );
  const kubeletTls = async () => ({
    certPem: serving.current().certificatePem,
    keyPem: serving.current().keyPem,
    clientCaPem: await readClientCa(client),
  });
  const kubelet = stack.use(
    createKubeletServer(
      {
        ...{ reviewer, nodeName: config.nodeName, clock, log, tls: await kubeletTls() },
        pods: () => term?.pods() ?? [],
        logs: createContainerLogs({ findPod: (namespace, name) => leading().findPod(namespace, name) }),
        unhealthy: () => term?.trouble()?.message,
      },
      config.kubeletListen,
    ),
  );
  const kubeletPort = await kubelet.start();
  if (config.mdns) {
    const { advertise } = await import('./rpc/advertise.ts');
    stack.use(advertise({ port: rpc.port, caHash: authority.caHash }, { clock, log }));
  }

  const stopping = new AbortController();
  const node = nodeConfig(config, kubeletPort);
  const terms = runTerms(
    { config, client, tools, rpc, signal: stopping.signal },
    async (leadership, signal) => {
      const current = createTerm({ config, node, client, leadership, startedAtMs }, tools);
      term = current;
      rpc.setLeader({ epoch: leadership.epoch, observer: current.observer });
      try {
        await Promise.all([
          current.run(signal),
          tokens.run(signal),
          publishAddress(client, config, authority.caPem),
        ]);
      } finally {
        rpc.setLeader(undefined);
        term = undefined;
      }
    },
  );
  const certificates = followCertificates(
    { serving, rpc, kubelet, kubeletTls, caPem: authority.caPem, tools },
    stopping.signal,
  );
  const done = Promise.all([terms, certificates]).then(() => undefined);
  stack.defer(async () => {
    stopping.abort();
    await done.catch(() => undefined);
  });
  log.info({ grpcPort: rpc.port, kubeletPort, node: config.nodeName }, 'listening');

  const owned = stack.move();
  return { grpcPort: rpc.port, kubeletPort, done, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

interface TermRunner {
  readonly config: ControllerConfig;
  readonly client: KubeClient;
  readonly tools: ControllerTools;
  readonly rpc: RpcServer;
  readonly signal: AbortSignal;
}

/** Leads, serves the term, and when the Lease is lost stands by to lead again. */
async function runTerms(
  { config, client, tools, signal }: TermRunner,
  serve: (leadership: Leadership, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { namespace, nodeName } = config;
  const elector = createLeaderElector({ client, namespace, name: `longshore-${nodeName}` }, tools);
  while (!signal.aborted) {
    let leadership: Leadership;
    try {
      leadership = await elector.acquire(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await using held = leadership;
    await serve(held, AbortSignal.any([signal, held.lost]));
    if (!signal.aborted) tools.log.warn('the leader Lease is lost; standing by');
  }
}

/** Where the CLI finds the controller, and what it trusts. */
async function publishAddress(client: KubeClient, config: ControllerConfig, caPem: string): Promise<void> {
  const data = { address: config.advertiseAddress, 'ca.crt': caPem };
  await publishConfigMap(client, { namespace: config.namespace, name: CONTROLLER_CONFIG_MAP, data });
}

/** The CA that signs the API server's own client certificate; the cluster publishes it for servers like ours. */
async function readClientCa(client: KubeClient): Promise<string | undefined> {
  const ref = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  return (await readConfigMap(client, ref))?.['client-ca-file'];
}

interface CertificateFollower {
  readonly serving: Awaited<ReturnType<typeof createServingCertificate>>;
  readonly rpc: RpcServer;
  readonly kubelet: KubeletServer;
  readonly kubeletTls: () => Promise<Parameters<KubeletServer['replaceTls']>[0]>;
  readonly caPem: string;
  readonly tools: ControllerTools;
}

const CLIENT_CA_LOOK_MS = 300_000;

/** Our certificate when it is renewed, the cluster's client CA when it changes: both without a restart. */
async function followCertificates(follower: CertificateFollower, signal: AbortSignal): Promise<void> {
  const { serving, rpc, kubelet, kubeletTls, caPem } = follower;
  const { clock, log } = follower.tools;
  const refreshKubelet = async () => {
    try {
      kubelet.replaceTls(await kubeletTls());
    } catch (error) {
      log.warn(
        { reason: describeError(error) },
        "the kubelet port's certificates are not refreshed; will retry",
      );
    }
  };
  const unsubscribe = serving.subscribe((pair) => rpc.replaceTls({ ...pair, caPem }));
  const lookAgain = async () => {
    while (!signal.aborted) {
      await clock.sleep(CLIENT_CA_LOOK_MS, signal).catch(() => undefined);
      if (!signal.aborted) await refreshKubelet();
    }
  };
  await Promise.all([serving.run(signal), lookAgain()]);
  unsubscribe();
}

function servingNames({ nodeName, nodeAddress, advertiseAddress }: ControllerConfig) {
  const advertised = advertiseAddress.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const hosts = [...new Set([nodeAddress, advertised, '127.0.0.1'])];
  return {
    dnsNames: [CONTROLLER_SERVER_NAME, nodeName, 'localhost', ...hosts.filter((host) => isIP(host) === 0)],
    ipAddresses: hosts.filter((host) => isIP(host) !== 0),
  };
}

function nodeConfig(config: ControllerConfig, kubeletPort: number): NodeConfig {
  return {
    name: config.nodeName,
    labels: {},
    internalIPs: [config.nodeAddress],
    kubeletPort,
    kubeletVersion: KUBELET_VERSION,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  };
}
