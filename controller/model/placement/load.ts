// What already sits on each agent: requests and ports by agent, and the pods in groups of like ones, so that rules about
// other pods look at a few groups instead of at every pod. Kept up to date pod by pod.
import {
  type AgentLoad,
  copyOf,
  type GrowingAgentLoad,
  IDLE,
  type Occupant,
  putOn,
  takeOff,
} from './agent-load.ts';
import { hostPorts } from './host-ports.ts';
import { isLeaving, type PlacedPod } from './placed-pod.ts';
import { countIn, type GrowingGroup, groupKeyOf, newGroup, type PodGroup } from './pod-group.ts';
import { priorityOf } from './queue-order.ts';
import { podRequests } from './resources.ts';

/** What sits on the agents as they are, or would be. */
export interface Occupancy {
  on(agentUid: string): AgentLoad;
  /** May be gone through more than once. */
  groups(): Iterable<PodGroup>;
}

export interface Load extends Occupancy {
  /** Some pod is of a lower priority than this. */
  hasBelow(priority: number): boolean;
  /** As if pods that are being deleted had gone, until the next change; itself where there are none. */
  settled(): Occupancy;
  /** As if this pod were not there, until the next change. */
  without(podUid: string): Occupancy;
  /** Takes the pod in, in place of what was known under its UID. */
  set(placed: PlacedPod): void;
  remove(podUid: string): void;
}

interface Known extends Occupant {
  readonly group: GrowingGroup;
}

export function createLoad(placed: Iterable<PlacedPod> = []): Load {
  const load = new PodLoad();
  for (const one of placed) load.set(one);
  return load;
}

class PodLoad implements Load {
  readonly #agents = new Map<string, GrowingAgentLoad>();
  readonly #groups = new Map<string, GrowingGroup>();
  readonly #occupants = new Map<string, Known>();
  readonly #leaving = new Map<string, Known>();
  readonly #priorities = new Map<number, number>();
  #settled: Occupancy | undefined;

  on(agentUid: string): AgentLoad {
    return this.#agents.get(agentUid) ?? IDLE;
  }

  groups(): Iterable<PodGroup> {
    return { [Symbol.iterator]: () => this.#groups.values() };
  }

  hasBelow(priority: number): boolean {
    for (const other of this.#priorities.keys()) if (other < priority) return true;
    return false;
  }

  settled(): Occupancy {
    if (this.#leaving.size === 0) return this;
    this.#settled ??= withoutPods(this, this.#leaving.values());
    return this.#settled;
  }

  without(podUid: string): Occupancy {
    const known = this.#occupants.get(podUid);
    return known ? withoutPods(this, [known]) : this;
  }

  set({ pod, agentUid }: PlacedPod): void {
    const { uid } = pod.metadata;
    this.remove(uid);
    const key = groupKeyOf(pod);
    const group = this.#groups.get(key) ?? newGroup(key, pod);
    const agent = this.#agents.get(agentUid) ?? copyOf(IDLE);
    const occupant = { pod, agentUid, requests: podRequests(pod), ports: hostPorts(pod), group };
    this.#occupants.set(uid, occupant);
    if (isLeaving(pod)) this.#leaving.set(uid, occupant);
    this.#groups.set(key, group);
    this.#agents.set(agentUid, agent);
    putOn(agent, occupant);
    countIn(group, occupant, 1);
    this.#countPriority(priorityOf(pod), 1);
    this.#settled = undefined;
  }

  remove(podUid: string): void {
    const known = this.#occupants.get(podUid);
    const agent = known && this.#agents.get(known.agentUid);
    if (!agent) return;
    const { pod, agentUid, group } = known;
    this.#occupants.delete(podUid);
    this.#leaving.delete(podUid);
    takeOff(agent, known);
    countIn(group, known, -1);
    if (agent.occupants.size === 0) this.#agents.delete(agentUid);
    if (group.agents.size === 0) this.#groups.delete(group.key);
    this.#countPriority(priorityOf(pod), -1);
    this.#settled = undefined;
  }

  #countPriority(priority: number, by: 1 | -1): void {
    const left = (this.#priorities.get(priority) ?? 0) + by;
    if (left === 0) this.#priorities.delete(priority);
    else this.#priorities.set(priority, left);
  }
}

/** Only the agents that these sit on, and their groups, are counted anew. */
function withoutPods(load: Occupancy, absent: Iterable<Occupant>): Occupancy {
  const agents = new Map<string, GrowingAgentLoad>();
  const groups = new Map<string, GrowingGroup>();
  for (const occupant of absent) {
    const { agentUid, group } = occupant;
    const agent = agents.get(agentUid) ?? copyOf(load.on(agentUid));
    agents.set(agentUid, agent);
    takeOff(agent, occupant);
    const alike = groups.get(group.key) ?? { ...group, agents: new Map(group.agents) };
    groups.set(group.key, alike);
    countIn(alike, occupant, -1);
  }
  return {
    on: (agentUid) => agents.get(agentUid) ?? load.on(agentUid),
    groups: () => ({
      *[Symbol.iterator]() {
        for (const group of load.groups()) yield groups.get(group.key) ?? group;
      },
    }),
  };
}
