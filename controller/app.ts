// The controller's composition root. What listens (gRPC, kubelet port) lives as long as the process; what watches and
// writes lives as long as a term of leadership (terms.ts, term.ts). Order of start: ports first, so that one in use is found
// before anything is written to the cluster; then the Lease; then the term.
import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import { expositionText } from '../common/metrics/exposition.ts';
import { CONTROLLER_SERVER_NAME } from '../common/names.ts';
import { collectWhenQuiet, openHeap } from '../common/quiet-collector.ts';
import { KUBERNETES_VERSION, VERSION } from '../common/version.ts';
import type { Diagnosis } from '../proto/gen/longshore/v1/Diagnosis.ts';
import { loadWire } from '../proto/wire.ts';
import type { ControllerConfig } from './config.ts';
import { createDiagnosis } from './diagnosis.ts';
import { followCertificates } from './follow-certificates.ts';
import { startHealthServer } from './health-server.ts';
import { createAccessReviewer } from './kube/access-reviewer.ts';
import { createKubeClient, type KubeClient } from './kube/client.ts';
import { clientUntil } from './kube/client-until.ts';
import { readConfigMap } from './kube/config-map.ts';
import { createLeaderElector } from './kube/leader.ts';
import { createLeaderLabel } from './kube/leader-label.ts';
import { createSecretStore } from './kube/secrets.ts';
import { readServiceAddress } from './kube/service-address.ts';
import { createContainerLogs } from './kubelet/container-logs.ts';
import type { PodFinder } from './kubelet/found-pod.ts';
import { createKubeletServer, type KubeletServer, type KubeletTls } from './kubelet/kubelet-server.ts';
import { type CallerReviews, cacheReviews } from './kubelet/review-cache.ts';
import { createKubeletCertificate } from './kubelet-certificate.ts';
import { createKubeletPorts } from './kubelet-ports.ts';
import { type ControllerMetrics, createControllerMetrics } from './metrics/controller-metrics.ts';
import type { AccessReviewer } from './model/access.ts';
import { kubeletConfiguration } from './model/kubelet-configuration.ts';
import type { NodeConfig } from './model/node-object.ts';
import { createNodeIdentity } from './node-identity.ts';
import { type CertificateAuthority, openCertificateAuthority } from './pki/certificate-authority.ts';
import { createJoinTokens, type JoinTokens } from './pki/join-tokens.ts';
import { createServingCertificate, type ServingCertificate } from './pki/serving-certificate.ts';
import { type RpcServer, startRpcServer } from './rpc/rpc-server.ts';
import { createTerm, type Term, topologyOf } from './term.ts';
import { createTerms, type Terms } from './terms.ts';

export interface Controller extends AsyncDisposable {
  readonly grpcPort: number;
  /** Of the one node; 0 where each agent's node has its own. */
  readonly kubeletPort: number;
  /** Undefined: no probes are answered. */
  readonly healthPort: number | undefined;
  /** Settles when the controller ends: rejects for a defect of ours, never because the API server is away. */
  readonly done: Promise<void>;
}

export interface ControllerTools {
  readonly clock: Clock;
  readonly log: Log;
}

/** One per namespace, whatever node is shown: two leaders would share one fleet. */
const LEADER_LEASE = 'longshore-controller';

/** The Kubernetes level this node emulates; tools compare it, so it is a version of theirs. */
const KUBELET_VERSION = `v${KUBERNETES_VERSION}-longshore.${VERSION}`;

/**
 * Resolves when both ports listen. Rejects with one clear error when it cannot come to that, or when `signal` aborts
 * before; later the signal does nothing, disposing stops the controller.
 */
export async function startController(
  config: ControllerConfig,
  tools: ControllerTools,
  signal: AbortSignal = new AbortController().signal,
): Promise<Controller> {
  const { clock, log } = tools;
  const startedAtMs = clock.now();
  await using stack = new AsyncDisposableStack();
  // The ports answer from the term that is being served; the term needs to know the ports.
  let terms: Terms | undefined;
  const current = () => terms?.current;
  const unready = () => (terms ? terms.unready : 'it is still starting');
  const health = config.healthListen && stack.use(await startHealthServer(config.healthListen, unready));
  const metrics = stack.use(createControllerMetrics());
  const onExchange = metrics.api.exchanged;
  const client = stack.use(
    createKubeClient({ kubeconfigPath: config.kubeconfig, context: config.context, onExchange, clock, log }),
  );
  const starting = clientUntil(client, signal);
  const authority = await openCertificateAuthority({
    secrets: createSecretStore(starting, config.namespace),
    clock,
  });
  const reach = await kubeletReach(config, starting);
  const serving = await createServingCertificate(
    { authority, clock, log },
    servingNames(config, reach.addresses),
  );
  const secrets = createSecretStore(client, config.namespace);
  const identity = stack.use(createNodeIdentity(config, { client, secrets, onExchange }, tools));
  const kubeletCertificate = createKubeletCertificate(config, reach.addresses, {
    ...{ client, node: identity, secrets, clock, log },
  });
  let clientCaPem: string | undefined;
  const kubeletTls = async (through: KubeClient) => {
    const { certificatePem, keyPem } = kubeletCertificate.current() ?? serving.current();
    // Where it is missing for a while, the last one counts.
    clientCaPem = (await readClientCa(through)) ?? clientCaPem;
    return { certPem: certificatePem, keyPem, clientCaPem };
  };
  const diagnose = createDiagnosis({
    ...{ config, client, node: identity, clock },
    kubeletCertificate() {
      const issued = kubeletCertificate.current();
      const byCluster = issued !== undefined && config.kubeletCertificate.kind === 'cluster';
      const { awaiting } = kubeletCertificate;
      return { pem: (issued ?? serving.current()).certificatePem, byCluster, awaiting };
    },
  });
  const firstKubeletTls = await kubeletTls(starting);
  const tokens = createJoinTokens({ secrets, caHash: authority.caHash, clock, log });
  const reviewer = createAccessReviewer(client);
  const shared: Shared = {
    config,
    tools,
    authority,
    tokens,
    serving,
    reviewer,
    reviews: cacheReviews(reviewer, clock, metrics.kubelet),
    diagnose,
    metrics,
    async scrape(nodeName, signal) {
      const agents = (await current()?.agentMetricsOf(nodeName, signal)) ?? [];
      const sections = metrics.measure({
        nodeName,
        isLeader: current() !== undefined,
        certificates: {
          ca: authority.caPem,
          grpc: serving.current().certificatePem,
          kubelet: (kubeletCertificate.current() ?? serving.current()).certificatePem,
          node: identity.certificatePem(),
        },
        nowMs: clock.now(),
        fleet: current()?.figuresOf(nodeName),
        agents,
      });
      return expositionText(sections.flatMap(({ families }) => families));
    },
  };

  const rpc = stack.use(await listenForAgents(shared, current));
  const kubelet = stack.use(
    createKubeletPorts({
      tls: firstKubeletTls,
      serve: (nodeName, { tls, port }) => createKubelet(shared, current, { nodeName, tls, port }),
    }),
  );
  // Nodes of agents get theirs when they are known.
  const kubeletPort =
    config.nodes === 'one' ? await kubelet.open(config.nodeName, [config.kubeletListen.port]) : 0;
  signal.throwIfAborted();
  if (config.mdns) {
    const { advertise } = await import('./rpc/advertise.ts');
    stack.use(advertise({ port: rpc.port, caHash: authority.caHash }, { clock, log }));
  }
  const { caPem } = authority;
  const node = nodeConfig(config, { ...reach, port: reach.port ?? kubeletPort });
  const label = config.pod && createLeaderLabel({ client, pod: config.pod }, tools);
  terms = createTerms({
    elector: createLeaderElector(
      {
        ...{ client, namespace: config.namespace, name: LEADER_LEASE },
        identity: `${config.pod?.name ?? hostname()}_${randomUUID()}`,
      },
      tools,
    ),
    begin(leadership) {
      metrics.leads();
      return createTerm(
        {
          ...{ config, node, ports: kubelet, client, nodeClient: identity.client, nodeReady: identity.ready },
          ...{ leadership, startedAtMs, caPem, metrics },
        },
        tools,
      );
    },
    alongside: async (leadership, until) => {
      label?.lead(leadership, until);
      await Promise.all([tokens.run(until), identity.run(until), kubeletCertificate.lead(until)]);
    },
    doors: rpc,
    log,
  });

  const stopping = new AbortController();
  const heap = openHeap();
  const done = Promise.all([
    terms.run(stopping.signal),
    heap && collectWhenQuiet(heap, clock, stopping.signal),
    label?.run(stopping.signal),
    followCertificates(
      { serving, kubeletCertificate, rpc, kubelet, kubeletTls: () => kubeletTls(client), caPem },
      tools,
      stopping.signal,
    ),
  ]).then(() => undefined);
  stack.defer(async () => {
    stopping.abort();
    await done.catch(() => undefined);
  });
  log.info({ grpcPort: rpc.port, kubeletPort, node: config.nodeName }, 'listening');

  const owned = stack.move();
  const ports = { grpcPort: rpc.port, kubeletPort, healthPort: health?.port };
  return { ...ports, done, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What both ports are made of. */
interface Shared {
  readonly config: ControllerConfig;
  readonly tools: ControllerTools;
  readonly authority: CertificateAuthority;
  readonly tokens: JoinTokens;
  readonly serving: ServingCertificate;
  readonly reviewer: AccessReviewer;
  /** Of the callers of all kubelet ports. */
  readonly reviews: CallerReviews;
  readonly diagnose: (term: Term) => Promise<Diagnosis>;
  readonly metrics: ControllerMetrics;
  /** What is measured, as the port of this node tells it. */
  readonly scrape: (nodeName: string, signal: AbortSignal) => Promise<Iterable<string>>;
}

type CurrentTerm = () => Term | undefined;

/** Throws `unavailable` on a standby. */
function leading(current: CurrentTerm): Term {
  const term = current();
  if (!term) throw new LongshoreError('unavailable', 'this controller is not the leader; another one is');
  return term;
}

function listenForAgents(
  { config, tools, authority, tokens, serving, reviewer, diagnose, metrics }: Shared,
  current: CurrentTerm,
): Promise<RpcServer> {
  return startRpcServer(
    {
      ...{ ...tools, wire: loadWire(), issuer: authority, tokens, reviewer, meter: metrics.rpc },
      directory: {
        get: (name) => current()?.agents.get(name),
        podCidr: async (name) => (await current()?.podCidrs.of(name)) ?? '',
        create: (agent) => leading(current).agents.create(agent),
        isRemoved: async (agent) => await leading(current).agents.isRemoved(agent),
      },
      editor: {
        change: async (name, change) => await leading(current).agents.change(name, change),
        remove: async (agent, how) => await leading(current).agents.remove(agent, how),
      },
      diagnose: async () => await diagnose(leading(current)),
      fleet: {
        status: () => leading(current).view.status(),
        agents: (wanted) => leading(current).view.agents(wanted),
        agent: (name) => leading(current).view.agent(name),
        openAgentLog: async (wish, signal) => await leading(current).view.openAgentLog(wish, signal),
        health: () => leading(current).view.health(),
        explain: (pod) => leading(current).view.explain(pod),
        pods: (filter) => leading(current).view.pods(filter),
        measuredPods: async (filter) => await leading(current).view.measuredPods(filter),
        selected: (agents) => leading(current).view.selected(agents),
        images: (agents) => leading(current).view.images(agents),
        pullImage: (wish, pulled, signal) => leading(current).view.pullImage(wish, pulled, signal),
      },
    },
    {
      listen: config.grpcListen,
      tls: { ...serving.current(), caPem: authority.caPem },
      nodeOf: topologyOf(config).nodeOf,
      clusterDns: config.clusterDns,
      advertiseAddress: config.advertiseAddress,
    },
  );
}

function createKubelet(
  { config, tools, reviews, metrics, scrape }: Shared,
  current: CurrentTerm,
  { nodeName, tls, port }: { readonly nodeName: string; readonly tls: KubeletTls; readonly port: number },
): KubeletServer {
  const podFinder: PodFinder = {
    findPod: (namespace, name) => leading(current).findPod(nodeName, { namespace, name }),
  };
  return createKubeletServer(
    {
      ...{ ...tools, reviews, nodeName, tls },
      pods: () => current()?.podsOf(nodeName) ?? [],
      podFinder,
      figures: async (signal) => await leading(current).measure(nodeName, signal),
      configz: () => kubeletConfiguration(config, port),
      logs: createContainerLogs(podFinder),
      metrics: (signal) => scrape(nodeName, signal),
      meter: metrics.kubelet,
      unhealthy: () => current()?.trouble()?.message,
    },
    { host: config.kubeletListen.host, port },
  );
}

/** The CA that signs the API server's own client certificate; the cluster publishes it for servers like ours. */
async function readClientCa(client: KubeClient): Promise<string | undefined> {
  const ref = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  return (await readConfigMap(client, ref))?.['client-ca-file'];
}

/** Where the API server reaches the leader's kubelet port. */
interface KubeletReach {
  readonly addresses: readonly string[];
  /** Undefined: where it listens. */
  readonly port: number | undefined;
}

async function kubeletReach(
  { nodeAddress, namespace }: ControllerConfig,
  client: KubeClient,
): Promise<KubeletReach> {
  if (nodeAddress.kind === 'ip') return { addresses: [nodeAddress.ip], port: undefined };
  const { ips, port } = await readServiceAddress(client, { namespace, name: nodeAddress.name });
  return { addresses: ips, port };
}

function servingNames({ nodeName, advertiseAddress }: ControllerConfig, addresses: readonly string[]) {
  const advertised = advertiseAddress.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const hosts = [...new Set([...addresses, advertised, '127.0.0.1'])];
  return {
    dnsNames: [CONTROLLER_SERVER_NAME, nodeName, 'localhost', ...hosts.filter((host) => isIP(host) === 0)],
    ipAddresses: hosts.filter((host) => isIP(host) !== 0),
  };
}

function nodeConfig(
  config: ControllerConfig,
  reach: { readonly addresses: readonly string[]; readonly port: number },
): NodeConfig {
  return {
    name: config.nodeName,
    labels: config.nodeLabels,
    internalIPs: reach.addresses,
    kubeletPort: reach.port,
    kubeletVersion: KUBELET_VERSION,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  };
}
