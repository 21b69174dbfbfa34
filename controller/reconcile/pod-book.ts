// Every pod UID that is known, with what is asked of them often: which wait for an agent, which sit on one agent, and what
// they take up there. Whoever changes an entry notes it here.
import { isTerminal, type Pod } from '../../common/pod.ts';
import type { Milli } from '../../common/quantity.ts';
import { createLoad, type Load } from '../model/placement/load.ts';
import type { PlacedPod } from '../model/placement/placed-pod.ts';
import { add, NO_RESOURCES, podRequests, type Resources } from '../model/placement/resources.ts';
import { isMirrorPod } from '../model/pod-plan.ts';
import { isSameJson } from '../model/same-json.ts';
import { newEntry, occupancy, type PodEntry } from './pod-entry.ts';

export class PodBook {
  readonly #entries = new Map<string, PodEntry>();
  readonly #unplaced = new Set<PodEntry>();
  readonly #byAgent = new Map<string, Set<PodEntry>>();
  readonly #counted = new Map<string, PlacedPod>();
  readonly #charged = new Map<string, Charge>();
  readonly #load = createLoad();
  /** By node, then by resource. */
  readonly #requested = new Map<string, Map<string, Milli>>();

  /** What sits on each agent, decisions that are not written yet included. */
  get load(): Load {
    return this.#load;
  }

  /** What all pods that are bound to the node and have not ended ask for: the scheduler charges the node for it. */
  requestedOf(nodeName: string | undefined): Resources {
    if (nodeName !== undefined) return this.#requested.get(nodeName) ?? NO_RESOURCES;
    return [...this.#requested.values()].reduce<Resources>(add, NO_RESOURCES);
  }

  get(uid: string): PodEntry | undefined {
    return this.#entries.get(uid);
  }

  getOrCreate(uid: string): PodEntry {
    const entry = this.#entries.get(uid) ?? newEntry(uid);
    this.#entries.set(uid, entry);
    return entry;
  }

  all(): Iterable<PodEntry> {
    return this.#entries.values();
  }

  /** Pods without a placement. */
  unplaced(): Iterable<PodEntry> {
    return this.#unplaced;
  }

  /** Pods whose placement is this agent. */
  on(agentUid: string): Iterable<PodEntry> {
    return this.#byAgent.get(agentUid) ?? [];
  }

  /** Of all that pods are placed on. */
  agentUids(): readonly string[] {
    return [...this.#byAgent.keys()];
  }

  /** The entry may have changed. `eased`: pods that wait may fit now. */
  note(entry: PodEntry): 'same' | 'changed' | 'eased' {
    const { uid, placement } = entry;
    if (!this.#entries.has(uid)) return 'same';
    if (placement || !entry.pod) this.#unplaced.delete(entry);
    else this.#unplaced.add(entry);
    if (placement) {
      const there = this.#byAgent.get(placement.agentUid) ?? new Set();
      this.#byAgent.set(placement.agentUid, there.add(entry));
    }
    const isCharged = this.#charge(uid, chargedPod(entry));
    const counted = this.#count(uid, occupancy(entry));
    return counted === 'same' && isCharged ? 'changed' : counted;
  }

  forget(entry: PodEntry): void {
    const { uid, placement } = entry;
    this.#entries.delete(uid);
    this.#unplaced.delete(entry);
    const there = placement && this.#byAgent.get(placement.agentUid);
    there?.delete(entry);
    if (placement && there?.size === 0) this.#byAgent.delete(placement.agentUid);
    this.#charge(uid, undefined);
    this.#count(uid, undefined);
  }

  /** Returns whether it makes a difference. */
  #charge(uid: string, pod: Pod | undefined): boolean {
    const before = this.#charged.get(uid);
    if (before?.pod === pod) return false;
    const requests = pod && podRequests(pod);
    if (pod && requests) this.#charged.set(uid, { pod, requests });
    else this.#charged.delete(uid);
    if (before) this.#add(before, -1n);
    if (pod && requests) this.#add({ pod, requests }, 1n);
    return !isSameAmount(before?.requests, requests);
  }

  #add({ pod, requests }: Charge, times: bigint): void {
    const { nodeName = '' } = pod.spec;
    const sums = this.#requested.get(nodeName) ?? new Map<string, Milli>();
    this.#requested.set(nodeName, sums);
    for (const [name, value] of requests) sums.set(name, (sums.get(name) ?? 0n) + times * value);
  }

  #count(uid: string, now: PlacedPod | undefined): 'same' | 'changed' | 'eased' {
    const before = this.#counted.get(uid);
    if (before?.pod === now?.pod && before?.agentUid === now?.agentUid) return 'same';
    if (now) {
      this.#counted.set(uid, now);
      this.#load.set(now);
    } else {
      this.#counted.delete(uid);
      this.#load.remove(uid);
    }
    if (!before) return 'changed';
    if (before.agentUid !== now?.agentUid || isEased(before.pod, now.pod)) return 'eased';
    return 'same';
  }
}

interface Charge {
  readonly pod: Pod;
  readonly requests: Resources;
}

function chargedPod({ pod }: PodEntry): Pod | undefined {
  return pod && !isMirrorPod(pod) && !isTerminal(pod.status) ? pod : undefined;
}

function isSameAmount(a: Resources | undefined, b: Resources | undefined): boolean {
  if (!a || !b) return a === b;
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

/** The pod stands in others' way less than before, perhaps: it is ending, was resized, or is of another kind now. */
function isEased(before: Pod, now: Pod): boolean {
  const [a, b] = [before.metadata, now.metadata];
  return (
    a.deletionTimestamp !== b.deletionTimestamp ||
    a.generation !== b.generation ||
    !isSameJson(a.labels, b.labels)
  );
}
