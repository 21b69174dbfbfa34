// When the containers of one agent have begun, by our clock. The agent says it by its own, which may be wrong; but all times
// beside it are ours, so that a container would seem to have begun after it was measured, and metrics-server drops such a pod.
// What was told of a container once holds while it runs: whoever compares starts takes one that moves for a restart.
import type { PodStats__Output } from '../../proto/gen/longshore/v1/PodStats.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';

interface Arrival {
  /** Unix milliseconds on our clock. */
  readonly atMs: number;
  readonly monotonicMs: number;
}

interface Start {
  /** By the agent's clock. */
  readonly toldMs: number;
  /** By ours. */
  readonly ownMs: number;
  /** When it was told of last, on our monotonic clock. */
  readonly seenMs: number;
}

/** Clocks that are kept right differ by less, a message's way included: it is then what the pod's status says. */
const RIGHT_MS = 2000;
/** A container that could not be measured once may be back in the next report. */
const FORGET_MS = 600_000;
/** More than a report has. */
const MAX_KEPT = 12_000;

export class ContainerStarts {
  /** By the containers' ids, or names where they have none; first the one that was told of longest ago. */
  readonly #starts = new Map<string, Start>();

  /** The pods of the report, their containers' starts by our clock. */
  onOurClock({ pods, timeMs }: StatsReport__Output, { atMs, monotonicMs }: Arrival): PodStats__Output[] {
    const aheadMs = timeMs === 0 || Math.abs(timeMs - atMs) < RIGHT_MS ? 0 : timeMs - atMs;
    const translated = pods.map((pod) => {
      // It had begun when it was measured, whatever the clocks say.
      const latestMs = atMs - pod.ageMs - 1;
      const containers = pod.containers.map((container) => {
        const { startedAtMs: toldMs } = container;
        if (toldMs === 0) return container;
        const id = container.id || `${pod.uid}/${container.name}`;
        const before = this.#starts.get(id);
        const known = before?.toldMs === toldMs ? before.ownMs : Math.max(1, toldMs - aheadMs);
        const ownMs = Math.min(known, latestMs);
        this.#keep(id, { toldMs, ownMs, seenMs: monotonicMs });
        return { ...container, startedAtMs: ownMs };
      });
      return { ...pod, containers };
    });
    this.#forget(monotonicMs - FORGET_MS);
    return translated;
  }

  #keep(id: string, start: Start): void {
    this.#starts.delete(id);
    this.#starts.set(id, start);
  }

  #forget(seenBeforeMs: number): void {
    for (const [id, { seenMs }] of this.#starts) {
      if (seenMs >= seenBeforeMs && this.#starts.size <= MAX_KEPT) return;
      this.#starts.delete(id);
    }
  }
}
