// One term of leadership: everything that watches and writes on the cluster's behalf. It begins with nothing but what
// the API server and the agents say, and ends without a trace in memory.
import { backoff } from '../common/backoff.ts';
import type { Clock } from '../common/clock.ts';
import { describeError } from '../common/errors.ts';
import type { Log } from '../common/log.ts';
import type { MetricFamily } from '../common/metrics/family.ts';
import type { Pod } from '../common/pod.ts';
import { createAgentNodes } from './agent-nodes.ts';
import type { ControllerConfig } from './config.ts';
import { type AgentStore, createAgentStore } from './kube/agents.ts';
import type { KubeClient } from './kube/client.ts';
import { createClusterFacts } from './kube/cluster-facts.ts';
import { publishConfigMap } from './kube/config-map.ts';
import { createEventRecorder } from './kube/events.ts';
import { fencedClient } from './kube/fenced-client.ts';
import type { Leadership } from './kube/leader.ts';
import { createObjectSource } from './kube/object-source.ts';
import { createPodWriter } from './kube/pod-writer.ts';
import type { FoundPod } from './kubelet/found-pod.ts';
import type { KubeletPorts } from './kubelet-ports.ts';
import type { ControllerMetrics } from './metrics/controller-metrics.ts';
import { cordonChange } from './model/agent-change.ts';
import type { NodeFigures } from './model/figures/node-figures.ts';
import type { NodeConfig } from './model/node-object.ts';
import { nodePerAgent, oneNode, type Topology } from './model/topology.ts';
import { createOneNode } from './one-node.ts';
import { createAgentClearings } from './reconcile/agent-clearings.ts';
import { AgentController } from './reconcile/agent-controller.ts';
import type { AgentObserver } from './reconcile/agent-link.ts';
import { createAgentMetrics } from './reconcile/agent-metrics.ts';
import { AgentRegistry } from './reconcile/agent-registry.ts';
import type { EventSubject } from './reconcile/event-recorder.ts';
import { createEvictor } from './reconcile/evictor.ts';
import { type FleetFigures, fleetFigures } from './reconcile/fleet-figures.ts';
import { createFleetView } from './reconcile/fleet-status.ts';
import type { FleetView } from './reconcile/fleet-view.ts';
import { createGoodGuest } from './reconcile/good-guest.ts';
import { createGracefulEvictor } from './reconcile/graceful-evictor.ts';
import { createGuestEvictions } from './reconcile/guest-evictions.ts';
import { nodeFigures } from './reconcile/node-figures.ts';
import { createNodeSource } from './reconcile/node-source.ts';
import { ObjectDispatch } from './reconcile/object-dispatch.ts';
import { createPodCidrs, type PodCidrs } from './reconcile/pod-cidrs.ts';
import { PodController } from './reconcile/pod-controller.ts';
import { StatsBook } from './reconcile/stats-book.ts';
import { createTaintEvictions } from './reconcile/taint-evictions.ts';

/** Where the CLI finds the controller, and what it trusts. */
const CONTROLLER_CONFIG_MAP = 'longshore-controller';
const ADDRESS_UNPUBLISHED =
  'the CLI cannot find this controller yet: its address is not published; trying again';

export interface TermOptions {
  readonly config: ControllerConfig;
  /** The one node, or what all nodes have alike. */
  readonly node: NodeConfig;
  /** Where each node of an agent gets its port. */
  readonly ports: KubeletPorts;
  /** For what the controller does in its own name. */
  readonly client: KubeClient;
  /** For what it does as the node's kubelet: perhaps another identity, perhaps one that is not there yet. */
  readonly nodeClient: KubeClient;
  /** Resolves when that identity is there, or when the signal aborts. */
  readonly nodeReady: (signal: AbortSignal) => Promise<void>;
  readonly leadership: Leadership;
  readonly startedAtMs: number;
  /** What the CLI trusts. */
  readonly caPem: string;
  readonly metrics: Pick<ControllerMetrics, 'queues' | 'placement' | 'pods'>;
}

export interface Term {
  readonly observer: AgentObserver;
  readonly podCidrs: PodCidrs;
  readonly agents: AgentStore;
  readonly view: FleetView;
  podsOf(nodeName: string): readonly Pod[];
  figuresOf(nodeName: string): FleetFigures;
  /** What the agents of this node measure of themselves; resolves within a second or so. */
  agentMetricsOf(nodeName: string, signal: AbortSignal): Promise<MetricFamily[]>;
  /** What the node and its pods use. Answers from memory, the first time after a moment. */
  measure(nodeName: string, signal: AbortSignal): Promise<NodeFigures>;
  /** A pod that is bound to this node. */
  findPod(nodeName: string, pod: { readonly namespace: string; readonly name: string }): FoundPod | undefined;
  /** What keeps its loops from working now; undefined: nothing. */
  trouble(): Error | undefined;
  /** Works until the signal aborts; rejects for a defect of ours only. */
  run(signal: AbortSignal): Promise<void>;
}

export function createTerm(options: TermOptions, tools: { readonly clock: Clock; readonly log: Log }): Term {
  const { config, node, leadership, startedAtMs, metrics } = options;
  const { clock, log } = tools;
  const { nodeName, presenceKeys } = config;
  const topology = topologyOf(config);
  const client = fencedClient(options.client, leadership);
  const nodeClient = fencedClient(options.nodeClient, leadership);
  const events = createEventRecorder({ client: nodeClient, nodeOf: (about) => nodeOf(about) }, tools);
  const writer = createPodWriter({
    client: nodeClient,
    nodeName: topology.isPerAgent ? undefined : nodeName,
  });

  const cluster = createClusterFacts({ client, onChange: () => podController.fleetChanged() }, tools);
  const registry = new AgentRegistry({
    ...{ clock, topology, cluster, podsRoutable: config.podsRoutable },
    node: (name) => nodes.labels(name),
  });
  const evictor = createEvictor({
    ...{ ...tools, writer, events },
    pod: (uid) => podController.pod(uid),
    queueMeter: metrics.queues.meter('evictions'),
  });
  const gracefulEvictor = createGracefulEvictor({
    ...{ ...tools, writer, events },
    pod: (uid) => podController.pod(uid),
    queueMeter: metrics.queues.meter('gracefulEvictions'),
  });
  const objectSource = createObjectSource({ client: nodeClient, apiServer: config.podApiServer }, tools);
  const objects = new ObjectDispatch({
    source: objectSource,
    link: (agentUid) => registry.link(agentUid),
    queueMeter: metrics.queues.meter('tokens'),
    ...tools,
  });
  const podController = new PodController({
    clock,
    log,
    fleet: registry,
    writer,
    evictor,
    events,
    objects,
    source: objectSource,
    onChange: (name) => nodes.changed(name),
    queueMeter: metrics.queues.meter('pods'),
    onDecided: metrics.placement.decided,
    onStarted: metrics.pods.started,
  });
  const agentMetrics = createAgentMetrics(clock);
  const stats = new StatsBook({
    clock,
    nodeOf: (agentName) => registry.nodeOf(agentName),
    isConnected: (uid) => registry.link(uid) !== undefined,
    links: (name) => (name === undefined ? registry.links() : registry.linksOf(name)),
  });
  const agentController: AgentController = new AgentController({
    clock,
    log,
    registry,
    pods: podController,
    writer: {
      publishStatus: (agent, status) => agents.publishStatus(agent, status),
      release: (agent) => agents.release(agent),
    },
    metrics: agentMetrics,
    events,
    guests: createGoodGuest(clock),
    stats,
  });
  const taintEvictions = createTaintEvictions({ ...tools, registry, pods: podController, evictor });
  const clearings = createAgentClearings({
    ...{ clock, registry, pods: podController, evictor: gracefulEvictor, isPerAgent: topology.isPerAgent },
    onChange: (entry) => agentController.statusChanged(entry),
  });
  const guestEvictions = createGuestEvictions({
    ...{ clock, registry, pods: podController, evictor: gracefulEvictor, events },
    isPerAgent: topology.isPerAgent,
    isClosed: (nodeName) => nodes.isUnschedulable(nodeName),
  });
  const agents: AgentStore = createAgentStore({ client, observer: agentController }, tools);
  const nodes = (topology.isPerAgent ? createAgentNodes : createOneNode)(
    {
      ...{ client: nodeClient, topology, node, presenceKeys, registry, pods: podController, events },
      ...{ ports: options.ports, kubeletListen: config.kubeletListen, agentsSynced: agents.synced },
      leads: () => leadership.isHeld(),
      async cordonAgent({ name }, unschedulable) {
        await agents.change(name, cordonChange(unschedulable));
      },
    },
    tools,
  );
  const nodeOf = (about: EventSubject): string => {
    if (about.kind === 'Node') return about.name;
    return (about.kind === 'Pod' && podController.pod(about.uid)?.spec.nodeName) || nodeName;
  };
  const publishAddress = (signal: AbortSignal) =>
    keepTrying(
      () =>
        publishConfigMap(client, {
          namespace: config.namespace,
          name: CONTROLLER_CONFIG_MAP,
          data: { address: config.advertiseAddress, 'ca.crt': options.caPem },
        }),
      {
        clock,
        signal,
        onFailure: (error) => log.warn({ reason: describeError(error) }, ADDRESS_UNPUBLISHED),
      },
    );

  const podCidrs = createPodCidrs({ range: config.podRange, agents, log });

  return {
    observer: agentController,
    podCidrs,
    agents,
    view: createFleetView({
      clock,
      nodeName: topology.nodeOf('*'),
      startedAtMs,
      epoch: () => leadership.epoch,
      registry,
      pods: podController,
      stats,
      node: createNodeSource({ nodeName: undefined, registry, pods: podController }),
    }),
    podsOf: (nodeName) => podController.podsOf(nodeName),
    figuresOf: (nodeName) => fleetFigures(nodeName, { registry, pods: podController }),
    agentMetricsOf(nodeName, signal) {
      const links = registry.agentsOf(nodeName).flatMap(({ uid }) => registry.link(uid) ?? []);
      return agentMetrics.collect(links, signal);
    },
    async measure(name, signal) {
      await stats.look({ nodeName: name }, signal);
      return nodeFigures(name, { registry, pods: podController, stats, startedAtMs });
    },
    findPod(nodeName, { namespace, name }) {
      const found = podController.findPod(namespace, name);
      return found?.pod.spec.nodeName === nodeName ? found : undefined;
    },
    trouble: () => nodes.trouble ?? agents.trouble ?? cluster.trouble,
    async run(signal) {
      const asNode = async () => {
        await options.nodeReady(signal);
        if (signal.aborted) return;
        await Promise.all([nodes.run(signal), objectSource.run(signal)]);
      };
      await Promise.all([
        asNode(),
        events.run(signal),
        cluster.run(signal),
        evictor.run(signal),
        gracefulEvictor.run(signal),
        clearings.run(signal),
        guestEvictions.run(signal),
        agents.run(signal),
        objects.run(signal),
        podController.run(signal),
        agentController.run(signal),
        // What stands on nodes of agents drives pods off by the cluster's own controllers.
        topology.isPerAgent ? undefined : taintEvictions.run(signal),
        publishAddress(signal),
      ]);
    },
  };
}

export function topologyOf({ nodes, nodeName }: ControllerConfig): Topology {
  return nodes === 'one' ? oneNode(nodeName) : nodePerAgent(nodeName);
}

/** Tries until it succeeds or the signal aborts; the first failure of a row is told. */
async function keepTrying(
  work: () => Promise<void>,
  context: {
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly onFailure: (error: unknown) => void;
  },
): Promise<void> {
  const { clock, signal, onFailure } = context;
  let pause = backoff({ initialMs: 500, maxMs: 30_000, jitter: 0.3 });
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return;
      if (tries === 1) onFailure(error);
      await clock.sleep(pause.delayMs, signal).catch(() => undefined);
      pause = pause.next();
    }
  }
}
