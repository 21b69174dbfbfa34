// An agent as it would be with a newcomer on it and without those of lower priority, which come back one by one where the
// newcomer fits all the same. Resources are sums of what is wanted; whoever matters beside what it takes up leaves the room too.
import type { Pod } from '../../../common/pod.ts';
import type { Milli } from '../../../common/quantity.ts';
import type { Occupant } from './agent-load.ts';
import type { PreemptionCandidate, Wanted } from './preemption-candidates.ts';
import { priorityOf } from './queue-order.ts';
import { NO_RESOURCES } from './resources.ts';
import type { RoomFit } from './room-fit.ts';

export interface Newcomer {
  readonly pod: Pod;
  readonly wanted: Wanted;
  /** In which all pods count; one vacancy at a time may change that. */
  readonly room: RoomFit;
}

export class Vacancy implements Disposable {
  readonly #candidate: PreemptionCandidate;
  readonly #newcomer: Newcomer;
  /** All of lower priority. */
  readonly gone: readonly Occupant[];
  /** Of those that have gone, whoever matters beside what it takes up. */
  readonly #away: Set<Occupant>;
  readonly #there: Map<string, Occupant>;
  /** What is left of each wanted resource. */
  readonly #left: Milli[];

  constructor(candidate: PreemptionCandidate, newcomer: Newcomer) {
    const { agent, load, kept } = candidate;
    const { pod, wanted, room } = newcomer;
    this.#candidate = candidate;
    this.#newcomer = newcomer;
    const priority = priorityOf(pod);
    this.gone = [...load.occupants.values()].filter((one) => priorityOf(one.pod) < priority);
    this.#away = new Set(this.gone.filter((one) => room.concerns(one)));
    this.#there = new Map(load.occupants);
    for (const one of this.#away) this.#leave(one);
    this.#left = wanted.map(([name, asked]) => {
      const taken = asked + (kept.get(name) ?? 0n) + (load.requests.get(name) ?? 0n);
      let left = (agent.allocatable.get(name) ?? 0n) - taken;
      for (const [of, freed] of load.requestsByPriority) if (of < priority) left += freed.get(name) ?? 0n;
      return left;
    });
  }

  /** The newcomer fits. */
  get isEnough(): boolean {
    return this.#left.every((left) => left >= 0n) && this.#isWelcome;
  }

  /** False: the newcomer would not fit any more, so it does not come back. */
  takesBack(one: Occupant): boolean {
    const { wanted } = this.#newcomer;
    const taken = wanted.map(([name]) => one.requests.get(name) ?? 0n);
    if (taken.some((amount, index) => amount > (this.#left[index] ?? 0n))) return false;
    if (this.#away.has(one)) {
      this.#comeBack(one);
      if (!this.#isWelcome) {
        this.#leave(one);
        return false;
      }
      this.#away.delete(one);
    }
    for (const [index, amount] of taken.entries()) this.#left[index] = (this.#left[index] ?? 0n) - amount;
    return true;
  }

  /** Those that are gone count again in the newcomer's room. */
  [Symbol.dispose](): void {
    for (const one of this.#away) this.#comeBack(one);
  }

  /** By ports, and by what pods want of each other. */
  get #isWelcome(): boolean {
    const there = { occupants: this.#there, requests: NO_RESOURCES };
    return this.#newcomer.room.obstacles(this.#candidate.agent, there).length === 0;
  }

  #leave(one: Occupant): void {
    this.#there.delete(one.pod.metadata.uid);
    this.#newcomer.room.count(one, -1);
  }

  #comeBack(one: Occupant): void {
    this.#there.set(one.pod.metadata.uid, one);
    this.#newcomer.room.count(one, 1);
  }
}
