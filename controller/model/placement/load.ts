// What already sits on each agent: requests and ports by agent, and the pods in groups of like ones, so that rules about
// other pods look at a few groups instead of at every pod. Kept up to date pod by pod.
import type { Pod } from '../../../common/pod.ts';
import { type HostPort, hostPorts } from './host-ports.ts';
import { type PodTerms, podTerms, type TermSubject } from './pod-terms.ts';
import { priorityOf } from './queue-order.ts';
import { NO_RESOURCES, podRequests, type Resources } from './resources.ts';

/** A pod that occupies an agent: placed there, not ended, or not yet confirmed gone. */
export interface PlacedPod {
  readonly pod: Pod;
  readonly agentUid: string;
}

/** A placed pod with what it takes up. */
export interface Occupant extends PlacedPod {
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
}

export interface AgentLoad {
  readonly occupants: ReadonlyMap<string, Occupant>;
  readonly requests: Resources;
}

/** Pods of one namespace with the same labels, owner and wishes about other pods. */
export interface PodGroup extends TermSubject {
  /** The UID of the controller that made them; empty: none did. */
  readonly owner: string;
  readonly terms: PodTerms;
  /** By agent UID. */
  readonly agents: ReadonlyMap<string, GroupCount>;
}

export interface GroupCount {
  readonly pods: number;
  /** Of those, being deleted. */
  readonly leaving: number;
}

export interface Load {
  on(agentUid: string): AgentLoad;
  /** May be gone through more than once. */
  groups(): Iterable<PodGroup>;
  /** Some pod is of a lower priority than this. */
  hasBelow(priority: number): boolean;
  /** Pods being deleted that still occupy their agent. */
  leaving(): Iterable<Occupant>;
  /** Takes the pod in, in place of what was known under its UID. */
  set(placed: PlacedPod): void;
  remove(podUid: string): void;
  /** Runs `work` as if these pods were not there; meanwhile it may bring some back and take them out again. */
  without<T>(podUids: Iterable<string>, work: (pods: Absent) => T): T;
}

export interface Absent {
  bringBack(podUid: string): void;
  takeOut(podUid: string): void;
}

interface GrowingAgent {
  readonly occupants: Map<string, Occupant>;
  readonly requests: Map<string, bigint>;
}

interface GrowingGroup extends PodGroup {
  readonly agents: Map<string, GroupCount>;
}

interface Known {
  readonly occupant: Occupant;
  readonly groupKey: string;
}

const IDLE: AgentLoad = { occupants: new Map(), requests: NO_RESOURCES };

export function createLoad(placed: Iterable<PlacedPod> = []): Load {
  const load = new PodLoad();
  for (const one of placed) load.set(one);
  return load;
}

/** The UID of the controller that made the pod; empty: none did. */
export function ownerOf({ metadata }: Pick<Pod, 'metadata'>): string {
  return metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
}

class PodLoad implements Load {
  readonly #agents = new Map<string, GrowingAgent>();
  readonly #groups = new Map<string, GrowingGroup>();
  readonly #occupants = new Map<string, Known>();
  readonly #leaving = new Map<string, Occupant>();
  readonly #priorities = new Map<number, number>();

  on(agentUid: string): AgentLoad {
    return this.#agents.get(agentUid) ?? IDLE;
  }

  groups(): Iterable<PodGroup> {
    return { [Symbol.iterator]: () => this.#groups.values() };
  }

  hasBelow(priority: number): boolean {
    return [...this.#priorities.keys()].some((other) => other < priority);
  }

  leaving(): Iterable<Occupant> {
    return { [Symbol.iterator]: () => this.#leaving.values() };
  }

  set({ pod, agentUid }: PlacedPod): void {
    this.remove(pod.metadata.uid);
    const occupant = { pod, agentUid, requests: podRequests(pod), ports: hostPorts(pod) };
    this.#put({ occupant, groupKey: groupKeyOf(pod) });
  }

  remove(podUid: string): void {
    this.#take(podUid);
  }

  without<T>(podUids: Iterable<string>, work: (pods: Absent) => T): T {
    const absent = new Map<string, Known>();
    const takeOut = (uid: string) => {
      const known = this.#take(uid);
      if (known) absent.set(uid, known);
    };
    const bringBack = (uid: string) => {
      const known = absent.get(uid);
      absent.delete(uid);
      if (known) this.#put(known);
    };
    for (const uid of podUids) takeOut(uid);
    try {
      return work({ bringBack, takeOut });
    } finally {
      for (const uid of [...absent.keys()]) bringBack(uid);
    }
  }

  #put({ occupant, groupKey }: Known): void {
    const { pod, agentUid, requests } = occupant;
    const { uid } = pod.metadata;
    const agent = this.#agents.get(agentUid) ?? { occupants: new Map(), requests: new Map() };
    this.#agents.set(agentUid, agent);
    agent.occupants.set(uid, occupant);
    charge(agent.requests, requests, 1n);
    const group = this.#groups.get(groupKey) ?? newGroup(pod);
    this.#groups.set(groupKey, group);
    count(group, occupant, 1);
    this.#occupants.set(uid, { occupant, groupKey });
    this.#countPriority(priorityOf(pod), 1);
    if (isLeaving(pod)) this.#leaving.set(uid, occupant);
  }

  #countPriority(priority: number, by: 1 | -1): void {
    const left = (this.#priorities.get(priority) ?? 0) + by;
    if (left === 0) this.#priorities.delete(priority);
    else this.#priorities.set(priority, left);
  }

  #take(podUid: string): Known | undefined {
    const known = this.#occupants.get(podUid);
    if (!known) return undefined;
    const { occupant, groupKey } = known;
    this.#occupants.delete(podUid);
    this.#countPriority(priorityOf(occupant.pod), -1);
    this.#leaving.delete(podUid);
    const agent = this.#agents.get(occupant.agentUid);
    agent?.occupants.delete(podUid);
    if (agent) charge(agent.requests, occupant.requests, -1n);
    if (agent?.occupants.size === 0) this.#agents.delete(occupant.agentUid);
    const group = this.#groups.get(groupKey);
    if (group) count(group, occupant, -1);
    if (group?.agents.size === 0) this.#groups.delete(groupKey);
    return known;
  }
}

/** A name of which nothing is asked for is not there: pods may name as many as they like. */
function charge(total: Map<string, bigint>, requests: Resources, by: 1n | -1n): void {
  for (const [name, value] of requests) {
    const left = (total.get(name) ?? 0n) + by * value;
    if (left === 0n) total.delete(name);
    else total.set(name, left);
  }
}

function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function count(group: GrowingGroup, { pod, agentUid }: Occupant, by: 1 | -1): void {
  const known = group.agents.get(agentUid) ?? { pods: 0, leaving: 0 };
  const next = { pods: known.pods + by, leaving: known.leaving + (isLeaving(pod) ? by : 0) };
  if (next.pods === 0) group.agents.delete(agentUid);
  else group.agents.set(agentUid, next);
}

function newGroup(pod: Pod): GrowingGroup {
  const { namespace, labels = {} } = pod.metadata;
  return { namespace, labels, owner: ownerOf(pod), terms: podTerms(pod), agents: new Map() };
}

function groupKeyOf(pod: Pod): string {
  const { namespace, labels } = pod.metadata;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return JSON.stringify([namespace, labels, ownerOf(pod), podAffinity, podAntiAffinity]);
}
