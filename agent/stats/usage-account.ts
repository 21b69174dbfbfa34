// What counters come to over time: how fast each grows, and a pod's CPU, which must not fall when one of its containers
// ends and its counter with it.

export interface CounterAt {
  readonly usec: number;
  readonly atMs: number;
}

export class UsageAccount {
  readonly #before = new Map<string, CounterAt>();
  readonly #pods = new Map<string, PodSum>();

  /** Rates count from the next counters on. */
  beginAnew(): void {
    this.#before.clear();
  }

  /** In billionths of a core since this counter was seen last; undefined when it was not, or has begun anew. */
  rate(key: string, { usec, atMs }: CounterAt): number | undefined {
    const before = this.#before.get(key);
    this.#before.set(key, { usec, atMs });
    const elapsedMs = atMs - (before?.atMs ?? atMs);
    if (!before || elapsedMs <= 0 || usec < before.usec) return undefined;
    return Math.round(((usec - before.usec) / elapsedMs) * 1e6);
  }

  /** All that the pod's containers have used. `present`: those that were not measured just now, but have not ended. */
  podUsec(
    podUid: string,
    { measured, present }: { readonly measured: ReadonlyMap<string, number>; readonly present: Set<string> },
  ): number {
    const sum = this.#pods.get(podUid) ?? { endedUsec: 0, live: new Map<string, number>() };
    this.#pods.set(podUid, sum);
    for (const [id, usec] of sum.live) {
      if (present.has(id)) continue;
      sum.endedUsec += usec;
      sum.live.delete(id);
    }
    for (const [id, usec] of measured) sum.live.set(id, usec);
    return [...sum.live.values()].reduce((total, usec) => total + usec, sum.endedUsec);
  }

  /** These and no others are still there. */
  retain({ keys, pods }: { readonly keys: ReadonlySet<string>; readonly pods: ReadonlySet<string> }): void {
    for (const key of this.#before.keys()) if (!keys.has(key)) this.#before.delete(key);
    for (const uid of this.#pods.keys()) if (!pods.has(uid)) this.#pods.delete(uid);
  }
}

interface PodSum {
  endedUsec: number;
  /** By container id. */
  readonly live: Map<string, number>;
}
