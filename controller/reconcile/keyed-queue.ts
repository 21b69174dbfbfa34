// Work by key: a key waits at most once, is worked on by one worker at a time, and is taken up again when it was added
// meanwhile. A worker that fails is retried with growing delays; forgotten by its first success. Ten thousand keys may wait
// for their time: one sleeper serves them all.
import { aborted } from '../../common/aborted.ts';
import { type Backoff, backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';

export interface KeyedQueueOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  /** Works on one key; a rejection means: retry later. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>;
  readonly onFailure: (key: string, error: unknown, retryMs: number) => void;
  readonly initialRetryMs?: number;
  readonly maxRetryMs?: number;
  readonly meter?: QueueMeter | undefined;
}

/** What a queue tells of its work. */
export interface QueueMeter {
  /** Once: how many keys wait can be asked from now on. */
  follow(depth: () => number): void;
  /** A key came that did not wait already. */
  added(): void;
  took(waitedMs: number): void;
  worked(durationMs: number): void;
  retried(): void;
}

export interface KeyedQueue {
  add(key: string): void;
  /** Adds the key later, unless the queue has stopped. */
  addAfter(key: string, delayMs: number): void;
  /** Works until the signal aborts; resolves when the last worker has ended. */
  run(signal: AbortSignal): Promise<void>;
  /** Keys waiting or worked on. */
  readonly size: number;
}

const LONGEST_SLEEP_MS = 60_000;
/** How long keys are worked on before others have their turn. */
const TURN_MS = 10;

export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const { clock, concurrency, work, onFailure, meter } = options;
  const fresh = backoff({
    initialMs: options.initialRetryMs ?? 200,
    maxMs: options.maxRetryMs ?? 30_000,
    jitter: 0.2,
  });
  /** Since when. */
  const waiting = new Map<string, number>();
  const active = new Map<string, Promise<void>>();
  const retries = new Map<string, Backoff>();
  const delayed = new Set<{ readonly key: string; readonly atMs: number }>();
  /** Until when the sleeper sleeps, and what wakes it. */
  let sleeping = { untilMs: Number.NEGATIVE_INFINITY, wake: () => {} };
  let running: AbortSignal | undefined;

  const add = (key: string) => {
    // Nobody has had a turn lately: this one's begins at once.
    if (waiting.size + active.size === 0) turnBeganMs = clock.monotonicMs();
    if (!waiting.has(key)) {
      waiting.set(key, clock.monotonicMs());
      meter?.added();
    }
    pump();
  };

  const addAfter = (key: string, delayMs: number) => {
    const atMs = clock.monotonicMs() + delayMs;
    delayed.add({ key, atMs });
    if (atMs < sleeping.untilMs) sleeping.wake();
  };

  /** Adds the keys whose time has come, and sleeps until the next one's. */
  async function watchDelays(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      let untilMs = nowMs + LONGEST_SLEEP_MS;
      for (const entry of delayed) {
        if (entry.atMs > nowMs) untilMs = Math.min(untilMs, entry.atMs);
        else {
          delayed.delete(entry);
          add(entry.key);
        }
      }
      const woken = new AbortController();
      sleeping = { untilMs, wake: () => woken.abort() };
      await clock.sleep(untilMs - nowMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    }
  }

  function pump(): void {
    if (!running || running.aborted) return;
    for (const [key, sinceMs] of waiting) {
      if (active.size >= concurrency) return;
      if (active.has(key)) continue;
      waiting.delete(key);
      meter?.took(clock.monotonicMs() - sinceMs);
      active.set(key, workOn(key, running));
    }
  }

  /** Ten thousand keys on which little is to be done would be one long turn: timers wait for it, and sockets. */
  let turnBeganMs = clock.monotonicMs();
  let othersTurn: Promise<void> | undefined;
  const letOthers = async (signal: AbortSignal): Promise<void> => {
    await clock.sleep(0, signal).catch(() => undefined);
    othersTurn = undefined;
    turnBeganMs = clock.monotonicMs();
  };

  async function workOn(key: string, signal: AbortSignal): Promise<void> {
    // The key must be in `active` before anything runs that could add it again.
    await undefined;
    // Asked by each before it begins: those that were let in together would take a turn all of them together.
    while (othersTurn || clock.monotonicMs() - turnBeganMs >= TURN_MS) {
      othersTurn ??= letOthers(signal);
      await othersTurn;
    }
    const sinceMs = clock.monotonicMs();
    try {
      await work(key, signal);
      retries.delete(key);
    } catch (error) {
      if (!signal.aborted) retryLater(key, error);
      // Where everything fails at once, others must have their turn: what ends the failing may be among them.
      await clock.sleep(0, signal).catch(() => undefined);
    } finally {
      active.delete(key);
      meter?.worked(clock.monotonicMs() - sinceMs);
      pump();
    }
  }

  function retryLater(key: string, error: unknown): void {
    const retry = retries.get(key) ?? fresh;
    retries.set(key, retry.next());
    onFailure(key, error, retry.delayMs);
    meter?.retried();
    addAfter(key, retry.delayMs);
  }

  meter?.follow(() => waiting.size);
  return {
    add,
    addAfter,
    get size() {
      return waiting.size + active.size;
    },
    async run(signal) {
      running = signal;
      pump();
      await Promise.all([watchDelays(signal), aborted(signal)]);
      await Promise.all(active.values());
    },
  };
}
