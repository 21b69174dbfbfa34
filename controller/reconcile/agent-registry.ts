// The fleet in memory: Agent objects, live sessions, and when each was last heard of. It answers; agent-controller.ts
// feeds it.
import type { Clock } from '../../common/clock.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import { type Agent, type AgentStatus, condition, isCordoned, isDeclaredGone } from '../model/agent.ts';
import { AGENT_SILENCE_MS, type AgentOccupancy } from '../model/agent-status.ts';
import type { ClearingState } from '../model/clearing.ts';
import { restingOf } from '../model/guest/guest-conditions.ts';
import type { OwnerReading } from '../model/guest/yield.ts';
import type { HeldImage } from '../model/held-images.ts';
import { agentLabels, type NodeLabels } from '../model/placement/agent-labels.ts';
import { type AgentRequirement, matchesAgent } from '../model/placement/agent-selector.ts';
import { agentSet } from '../model/placement/agent-set.ts';
import type { UnlistedNamespaces } from '../model/placement/decide.ts';
import type { DisruptionBudgets } from '../model/placement/disruption-budget.ts';
import type { HeldImages } from '../model/placement/image-locality.ts';
import type { PlacementAgent } from '../model/placement/placement-agent.ts';
import type { NamespaceLabels } from '../model/placement/pod-terms.ts';
import { parseResources, type Resources } from '../model/placement/resources.ts';
import type { Topology } from '../model/topology.ts';
import type { AgentIdentity, AgentLink } from './agent-link.ts';
import type { PlacementView, PodFleet } from './pod-fleet.ts';

/** What is known of one agent UID; the object may be missing when a session is faster than the watch. */
export interface AgentEntry {
  readonly uid: string;
  /** When this process first knew of it, on the monotonic clock: a silence begins here at the earliest. */
  readonly knownAtMs: number;
  object?: Agent;
  link?: AgentLink;
  facts?: MachineFacts__Output;
  agentVersion: string;
  bootId: string;
  /** On the monotonic clock; undefined: not in this process's life. */
  heardAtMs?: number;
  /** How far its clock is ahead of ours; undefined: it has not told. */
  clockAheadMs?: number;
  /** By the machine as a whole, as of its last heartbeat; undefined: it has not told. */
  used?: { readonly cpuMilli: number; readonly memoryBytes: number };
  /** When its certificate runs out, Unix milliseconds; undefined: it has shown none in this process's life. */
  certificateExpiresAtMs?: number;
  /** What its status shows of its pods, and since when, on the monotonic clock. */
  occupied?: { readonly shown: AgentOccupancy; readonly atMs: number };
  /** How far its clearing is, while it is drained or removed. */
  clearing?: ClearingState;
  /** How it is for the machine's owner, and when that was heard, on the monotonic clock. */
  owner?: { readonly reading: OwnerReading; readonly atMs: number };
  /** The images that it holds; undefined: it has not told. */
  images?: { readonly held: readonly HeldImage[]; readonly byName: HeldImages };
  /** The status last handed to the writer; newer than the object's. */
  status?: AgentStatus;
  /** What `agents()` made of it, for as long as nothing it is made of changes. */
  seen?: { readonly from: readonly unknown[]; readonly agent: FleetAgent };
}

/** An agent as placement and the node's capacity see it. */
export interface FleetAgent extends PlacementAgent {
  readonly capacity: Resources;
  /** The labels the virtual node shows for it while it is schedulable. */
  readonly presence: Readonly<Record<string, string>>;
}

/** What placement asks about the cluster beside pods and agents; answered from memory. */
export interface ClusterFacts {
  readonly namespaces: NamespaceLabels;
  /** Undefined: the namespaces have been listed, so that what `namespaces` says is true. */
  readonly unlistedNamespaces?: UnlistedNamespaces | undefined;
  /** Undefined: they have not been listed yet. */
  budgets(): DisruptionBudgets | undefined;
}

export interface AgentRegistryOptions {
  readonly clock: Clock;
  readonly topology: Topology;
  /** The labels of a node; the same object for as long as it says the same. */
  readonly node: (nodeName: string) => NodeLabels;
  readonly cluster: ClusterFacts;
  /** Of agents that do not say: the cluster reaches their pods. */
  readonly podsRoutable: boolean;
}

export class AgentRegistry implements PodFleet {
  readonly #options: AgentRegistryOptions;
  readonly #entries = new Map<string, AgentEntry>();
  /** Those with an object, by the node that shows them. */
  readonly #byNode = new Map<string, Set<AgentEntry>>();
  /** Whose objects were deleted in this process's life. */
  readonly #departed = new Set<string>();
  /** When all were listed, on the monotonic clock. */
  #syncedAtMs: number | undefined;

  constructor(options: AgentRegistryOptions) {
    this.#options = options;
  }

  get synced(): boolean {
    return this.#syncedAtMs !== undefined;
  }

  /** All agents have been listed. */
  allListed(): void {
    this.#syncedAtMs ??= this.#options.clock.monotonicMs();
  }

  get(uid: string): AgentEntry | undefined {
    return this.#entries.get(uid);
  }

  getOrCreate(uid: string): AgentEntry {
    const knownAtMs = this.#options.clock.monotonicMs();
    const entry = this.#entries.get(uid) ?? { uid, knownAtMs, agentVersion: '', bootId: '' };
    this.#entries.set(uid, entry);
    return entry;
  }

  /** What the cluster says of an agent. */
  learn(object: Agent): AgentEntry {
    const entry = this.getOrCreate(object.metadata.uid);
    entry.object = object;
    const nodeName = this.#options.topology.nodeOf(object.metadata.name);
    const there = this.#byNode.get(nodeName) ?? new Set();
    this.#byNode.set(nodeName, there.add(entry));
    return entry;
  }

  delete(uid: string): void {
    const entry = this.#entries.get(uid);
    this.#entries.delete(uid);
    if (!entry?.object) return;
    this.#departed.add(uid);
    const nodeName = this.#options.topology.nodeOf(entry.object.metadata.name);
    const there = this.#byNode.get(nodeName);
    there?.delete(entry);
    if (there?.size === 0) this.#byNode.delete(nodeName);
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<AgentEntry> {
    return this.#entries.values();
  }

  agents(): readonly FleetAgent[] {
    return [...this.#byNode.keys()].flatMap((nodeName) => this.agentsOf(nodeName));
  }

  /** Those that this node shows. */
  agentsOf(nodeName: string): readonly FleetAgent[] {
    const entries = this.#byNode.get(nodeName);
    if (!entries) return [];
    const node = this.#options.node(nodeName);
    return [...entries].flatMap((entry) =>
      entry.object ? [this.#fleetAgent(entry, { object: entry.object, node })] : [],
    );
  }

  /** Those whose labels meet them all, as for a pod. */
  selected(requirements: readonly AgentRequirement[]): readonly FleetAgent[] {
    return [...this.#byNode.keys()].flatMap((nodeName) => {
      const { presenceKeys } = this.#options.node(nodeName);
      return this.agentsOf(nodeName).filter(({ labels }) => matchesAgent(requirements, labels, presenceKeys));
    });
  }

  budgets(): DisruptionBudgets | undefined {
    return this.#options.cluster.budgets();
  }

  placementView(nodeName: string): PlacementView {
    const { node, cluster } = this.#options;
    const { labels: nodeLabels, presenceKeys } = node(nodeName);
    const { namespaces, unlistedNamespaces } = cluster;
    return {
      nodeName,
      agents: agentSet(this.agentsOf(nodeName).map((agent) => this.#asPlacementSees(agent))),
      nodeLabels,
      presenceKeys,
      namespaces,
      unlistedNamespaces,
    };
  }

  placementAgent(agentUid: string): PlacementAgent | undefined {
    const entry = this.#entries.get(agentUid);
    if (!entry?.object) return undefined;
    const node = this.#options.node(this.nodeOf(entry.object.metadata.name));
    return this.#asPlacementSees(this.#fleetAgent(entry, { object: entry.object, node }));
  }

  /** The node that shows the agent of this name. */
  nodeOf(agentName: string): string {
    return this.#options.topology.nodeOf(agentName);
  }

  /** The node that shows this agent; undefined: there is no such agent. */
  nodeShowing(agentUid: string): string | undefined {
    const name = this.#entries.get(agentUid)?.object?.metadata.name;
    return name === undefined ? undefined : this.nodeOf(name);
  }

  /** Whom this node shows. */
  shownBy(nodeName: string): AgentIdentity[] {
    return [...(this.#byNode.get(nodeName) ?? [])].flatMap(({ uid, object }) =>
      object ? [{ name: object.metadata.name, uid }] : [],
    );
  }

  link(agentUid: string): AgentLink | undefined {
    return this.#entries.get(agentUid)?.link;
  }

  links(): AgentLink[] {
    return [...this.#entries.values()].flatMap(({ link }) => (link ? [link] : []));
  }

  /** Of those that this node shows. */
  linksOf(nodeName: string): AgentLink[] {
    return [...(this.#byNode.get(nodeName) ?? [])].flatMap(({ link }) => (link ? [link] : []));
  }

  knows(agentUid: string): boolean {
    return this.#entries.get(agentUid)?.object !== undefined;
  }

  isRoutable(agentUid: string): boolean {
    return this.#entries.get(agentUid)?.object?.spec.podsRoutable ?? this.#options.podsRoutable;
  }

  isGone(agentUid: string): boolean {
    const entry = this.#entries.get(agentUid);
    if (entry?.object) return isDeclaredGone(entry.object);
    if (entry?.link || this.#syncedAtMs === undefined) return false;
    // The list of pods may be newer than that of the agents: one that is missing gets time to be told of.
    const sinceMs = this.#options.clock.monotonicMs() - this.#syncedAtMs;
    return this.#departed.has(agentUid) || sinceMs >= AGENT_SILENCE_MS;
  }

  isLost(agentUid: string): boolean {
    const entry = this.#entries.get(agentUid);
    return !entry?.object ? this.synced && !entry?.link : !this.isReady(entry);
  }

  /** Heard of lately. Until its silence has lasted, an agent of before our start is what its object says. */
  isReady(entry: AgentEntry): boolean {
    if (this.silenceMs(entry) >= AGENT_SILENCE_MS) return false;
    if (entry.heardAtMs !== undefined) return true;
    return entry.object !== undefined && condition(entry.object, 'Ready')?.status === 'True';
  }

  silenceMs(entry: AgentEntry): number {
    return this.#options.clock.monotonicMs() - (entry.heardAtMs ?? entry.knownAtMs);
  }

  /** Wall-clock time, Unix milliseconds; undefined: not in this process's life. */
  lastHeardMs(entry: AgentEntry): number | undefined {
    return entry.heardAtMs === undefined ? undefined : this.#options.clock.now() - this.silenceMs(entry);
  }

  #asPlacementSees(agent: FleetAgent): FleetAgent {
    return this.#options.topology.isPerAgent ? asChosen(agent) : agent;
  }

  #fleetAgent(
    entry: AgentEntry,
    { object, node }: { readonly object: Agent; readonly node: NodeLabels },
  ): FleetAgent {
    const status = entry.status ?? object.status ?? NO_STATUS;
    const connected = entry.link !== undefined;
    const ready = this.isReady(entry) && !isEngineDown(status);
    const from = [object, status, connected, ready, node, entry.images];
    if (entry.seen?.from.every((part, index) => part === from[index])) return entry.seen.agent;
    const nodeHostname = node.labels['kubernetes.io/hostname'];
    const hostname = (this.#options.topology.isPerAgent ? nodeHostname : status.hostname) ?? '';
    const agent = {
      ...fleetAgent(object, { status, hostname, node, connected, ready }),
      images: entry.images?.byName,
    };
    entry.seen = { from, agent };
    return agent;
  }
}

function fleetAgent(
  { metadata, spec }: Agent,
  facts: {
    readonly status: AgentStatus;
    readonly hostname: string;
    readonly node: NodeLabels;
    readonly connected: boolean;
    readonly ready: boolean;
  },
): FleetAgent {
  const { status, hostname, node, connected, ready } = facts;
  const { os = '', arch = '' } = status;
  const machine = { name: metadata.name, hostname, os, arch, labels: spec.labels ?? {} };
  return {
    name: metadata.name,
    uid: metadata.uid,
    connected,
    ready,
    cordoned: isCordoned(spec),
    resting: restingOf(status),
    leaving: metadata.deletionTimestamp !== undefined,
    ...agentLabels(machine, node),
    taints: spec.taints ?? [],
    allocatable: parseResources(status.allocatable),
    capacity: parseResources(status.capacity),
  };
}

const NO_STATUS: AgentStatus = {};

/** Whose pods the scheduler chose it for: cordon and taints are on the node, where the scheduler looked at them. */
function asChosen(agent: FleetAgent): FleetAgent {
  return { ...agent, cordoned: false, taints: [] };
}

function isEngineDown(status: AgentStatus): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'EngineReady' && is === 'False') ?? false;
}
