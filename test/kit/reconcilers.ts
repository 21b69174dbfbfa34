// The reconcilers joined to a modelled API server, modelled agents and a manual clock. The controller can be killed and
// started anew at any point: API, agents and clock stay.
import assert from 'node:assert/strict';
import { createLog } from '../../common/log.ts';
import type { Agent, AgentStatus } from '../../controller/model/agent.ts';
import { disruptionBudgets } from '../../controller/model/placement/disruption-budget.ts';
import { WELL_KNOWN_KEYS } from '../../controller/model/placement/presence-labels.ts';
import { oneNode } from '../../controller/model/topology.ts';
import { createAgentClearings } from '../../controller/reconcile/agent-clearings.ts';
import { AgentController } from '../../controller/reconcile/agent-controller.ts';
import { createAgentMetrics } from '../../controller/reconcile/agent-metrics.ts';
import { AgentRegistry, type ClusterFacts } from '../../controller/reconcile/agent-registry.ts';
import type { EventRecord } from '../../controller/reconcile/event-recorder.ts';
import { createEvictor } from '../../controller/reconcile/evictor.ts';
import { createFleetView } from '../../controller/reconcile/fleet-status.ts';
import type { FleetView } from '../../controller/reconcile/fleet-view.ts';
import { createGoodGuest } from '../../controller/reconcile/good-guest.ts';
import { createGracefulEvictor } from '../../controller/reconcile/graceful-evictor.ts';
import { createGuestEvictions } from '../../controller/reconcile/guest-evictions.ts';
import type { NodeSource } from '../../controller/reconcile/node-sink.ts';
import { createNodeSource } from '../../controller/reconcile/node-source.ts';
import { ObjectDispatch } from '../../controller/reconcile/object-dispatch.ts';
import { PodController } from '../../controller/reconcile/pod-controller.ts';
import { StatsBook } from '../../controller/reconcile/stats-book.ts';
import { createTaintEvictions } from '../../controller/reconcile/taint-evictions.ts';
import { FakeAgent } from './fake-agent.ts';
import { FakePodApi } from './fake-pod-api.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryObjectSource } from './memory-object-source.ts';
import { aPod } from './pods.ts';

const NODE_NAME = 'longshore';
const NODE_LABELS = { 'kubernetes.io/os': 'linux' };

interface Running {
  readonly pods: PodController;
  readonly agents: AgentController;
  readonly registry: AgentRegistry;
  readonly node: NodeSource;
  readonly view: FleetView;
  readonly stats: StatsBook;
  readonly stopping: AbortController;
  readonly done: Promise<unknown>;
}

export class Reconcilers {
  /** How long each pod took to run. */
  readonly startsMs: number[] = [];
  readonly clock = new ManualClock();
  readonly api = new FakePodApi();
  readonly agents = new Map<string, FakeAgent>();
  readonly agentObjects = new Map<string, Agent>();
  readonly events: EventRecord[] = [];
  /** What the cluster says beside pods and agents; tests may change it. */
  readonly cluster: { -readonly [Fact in keyof ClusterFacts]: ClusterFacts[Fact] } = {
    namespaces: (name) => ({ 'kubernetes.io/metadata.name': name }),
    budgets: () => disruptionBudgets([]),
  };
  topology = oneNode(NODE_NAME);
  /** Which nodes of agents show that they take no pods; tests may change it. */
  closedNodes: (nodeName: string) => boolean = () => true;
  /** Of agents that do not say. */
  podsRoutable = true;
  readonly objects = new MemoryObjectSource();
  #running: Running | undefined;

  constructor(agentNames: readonly string[] = ['a']) {
    for (const name of agentNames) this.addAgent(name);
  }

  addAgent(name: string): FakeAgent {
    const agent = new FakeAgent(name);
    this.agents.set(name, agent);
    this.putAgent({
      apiVersion: 'longshore.dev/v1alpha1',
      kind: 'Agent',
      metadata: {
        name,
        uid: agent.identity.uid,
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      spec: { publicKeyHash: '00' },
    });
    return agent;
  }

  agent(name: string): FakeAgent {
    const agent = this.agents.get(name);
    if (!agent) throw new Error(`no agent ${name}`);
    return agent;
  }

  putAgent(object: Agent): void {
    this.agentObjects.set(object.metadata.uid, object);
    this.#running?.agents.changed(object);
  }

  removeAgent(name: string): void {
    const { uid } = this.agent(name).identity;
    this.agentObjects.delete(uid);
    this.#running?.agents.vanished(uid);
  }

  get now(): Running {
    if (!this.#running) throw new Error('the controller is not running');
    return this.#running;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** A new controller; lists are complete unless said otherwise. Agents dial when told to. */
  start(options: { readonly listPods?: boolean; readonly listAgents?: boolean } = {}): Running {
    const { clock, api, events } = this;
    const log = createLog({ name: 'test', level: 'silent' });
    const node = { labels: NODE_LABELS, presenceKeys: WELL_KNOWN_KEYS };
    const registry = new AgentRegistry({
      clock,
      topology: this.topology,
      node: () => node,
      cluster: this.cluster,
      podsRoutable: this.podsRoutable,
    });
    const recorder = {
      record: async (event: EventRecord) => {
        events.push(event);
      },
    };
    const link = (agentUid: string) => registry.link(agentUid);
    const objects = new ObjectDispatch({ source: this.objects, link, clock, log });
    const evictor = createEvictor({
      ...{ clock, log, writer: api, events: recorder },
      pod: (uid) => pods.pod(uid),
    });
    const gracefulEvictor = createGracefulEvictor({
      ...{ clock, log, writer: api, events: recorder },
      pod: (uid) => pods.pod(uid),
    });
    const pods: PodController = new PodController({
      objects,
      source: this.objects,
      clock,
      log,
      fleet: registry,
      writer: api,
      evictor,
      events: recorder,
      onChange: () => undefined,
      onStarted: (sinceCreationMs) => this.startsMs.push(sinceCreationMs),
    });
    const stats = new StatsBook({
      clock,
      nodeOf: (name) => registry.nodeOf(name),
      isConnected: (uid) => registry.link(uid) !== undefined,
      links: (name) => (name === undefined ? registry.links() : registry.linksOf(name)),
    });
    const agents = new AgentController({
      clock,
      log,
      registry,
      pods,
      stats,
      events: recorder,
      guests: createGoodGuest(clock),
      metrics: createAgentMetrics(clock),
      writer: {
        publishStatus: ({ uid }, status) => this.#storeStatus(uid, status),
        release: async ({ metadata }) => this.removeAgent(metadata.name),
      },
    });
    const nodeSource = createNodeSource({ nodeName: NODE_NAME, registry, pods });
    const view = createFleetView({
      clock,
      nodeName: NODE_NAME,
      startedAtMs: clock.now(),
      epoch: () => 7,
      registry,
      pods,
      stats,
      node: nodeSource,
    });
    const stopping = new AbortController();
    const taintEvictions = createTaintEvictions({ clock, log, registry, pods, evictor });
    const clearings = createAgentClearings({
      ...{ clock, registry, pods, evictor: gracefulEvictor, isPerAgent: this.topology.isPerAgent },
      onChange: (entry) => agents.statusChanged(entry),
    });
    const guestEvictions = createGuestEvictions({
      ...{ clock, registry, pods, evictor: gracefulEvictor, events: recorder },
      isPerAgent: this.topology.isPerAgent,
      isClosed: (nodeName) => this.closedNodes(nodeName),
    });
    const evictions = [evictor, gracefulEvictor, clearings, guestEvictions, taintEvictions];
    const parts = [pods, agents, objects, ...evictions];
    const done = Promise.all(parts.map((part) => part.run(stopping.signal)));
    this.#running = { pods, agents, registry, node: nodeSource, view, stats, stopping, done };
    if (options.listPods !== false) api.watch(pods);
    if (options.listAgents !== false) this.listAgents();
    return this.#running;
  }

  listAgents(): void {
    for (const object of this.agentObjects.values()) this.now.agents.changed(object);
    this.now.agents.synced();
  }

  /** As by SIGKILL, as far as others can tell: sessions and watches end, nothing is written any more. */
  async kill(): Promise<void> {
    const running = this.now;
    this.#running = undefined;
    this.api.unwatch();
    running.stopping.abort();
    for (const agent of this.agents.values()) agent.disconnect('the controller died');
    await running.done;
  }

  connect(...names: string[]): void {
    for (const name of names.length > 0 ? names : this.agents.keys())
      this.agent(name).connect(this.now.agents);
  }

  /** Lets time pass, connected agents sending heartbeats all along. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const agent of this.agents.values()) agent.heartbeat();
      await this.clock.advance(1000);
    }
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running) await this.kill();
  }

  #storeStatus(uid: string, status: AgentStatus): void {
    const object = this.agentObjects.get(uid);
    if (!object) return;
    const resourceVersion = String(Number(object.metadata.resourceVersion) + 1);
    const next = { ...object, metadata: { ...object.metadata, resourceVersion }, status };
    this.agentObjects.set(uid, next);
    queueMicrotask(() => {
      if (this.agentObjects.get(uid) === next) this.#running?.agents.changed(next);
    });
  }
}

export const phase = (world: Reconcilers, uid = 'uid-web') => world.api.get(uid)?.status?.phase;
export const ready = (world: Reconcilers, uid = 'uid-web') =>
  world.api.get(uid)?.status?.conditions?.find(({ type }) => type === 'Ready');
/** What was written, and what was told. */
export const verbs = (world: Reconcilers) => world.api.writes.map(({ verb }) => verb);
export const reasons = (world: Reconcilers) => world.events.map(({ reason }) => reason);

/** One agent connected, one pod running on it. */
export async function withRunningPod(names = ['a']): Promise<Reconcilers> {
  const world = new Reconcilers(names);
  world.start();
  world.connect();
  world.api.create(aPod());
  await world.settle();
  assert.equal(world.api.get('uid-web')?.status?.phase, 'Running');
  return world;
}
