// A clock that stands still until the test moves it.
import type { Clock } from '../../common/clock.ts';

interface Sleeper {
  readonly wakeAtMs: number;
  readonly resolve: () => void;
}

export class ManualClock implements Clock {
  #elapsedMs = 0;
  #startMs: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: string | number = '2026-01-01T00:00:00Z') {
    this.#startMs = new Date(start).getTime();
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  /** Somebody sets the wall clock. */
  setWall(ms: number): void {
    this.#startMs = ms - this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper = { wakeAtMs: this.#elapsedMs + Math.max(0, ms), resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          if (this.#sleepers.delete(sleeper)) reject(signal.reason);
        },
        { once: true },
      );
    });
  }

  /** Lets what is due now, and what follows from it at once, come to rest. */
  async settle(): Promise<void> {
    for (let round = 0; round < 5; round++) await this.advance(0);
  }

  /** How many are asleep; lets a test wait until the code under test sleeps. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** Moves on, waking sleepers in order of their time; each wakes with its continuations run. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsedMs + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers]
        .filter((sleeper) => sleeper.wakeAtMs <= target)
        .sort((a, b) => a.wakeAtMs - b.wakeAtMs)[0];
      if (!next) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.wakeAtMs);
      this.#sleepers.delete(next);
      next.resolve();
      await settle();
    }
    this.#elapsedMs = target;
    await settle();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
