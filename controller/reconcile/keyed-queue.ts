// Work by key: a key waits at most once, is worked on by one worker at a time, and is taken up again when it was added
// meanwhile. A worker that fails is retried with growing delays; forgotten by its first success.
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

export function createKeyedQueue(options: KeyedQueueOptions): KeyedQueue {
  const { clock, concurrency, work, onFailure } = options;
  const fresh = backoff({
    initialMs: options.initialRetryMs ?? 200,
    maxMs: options.maxRetryMs ?? 30_000,
    jitter: 0.2,
  });
  const waiting = new Set<string>();
  const active = new Map<string, Promise<void>>();
  const retries = new Map<string, Backoff>();
  const delays = new Set<Promise<void>>();
  const stopping = new AbortController();
  let running: AbortSignal | undefined;

  const add = (key: string) => {
    waiting.add(key);
    pump();
  };

  const addAfter = (key: string, delayMs: number) => {
    const delay = clock.sleep(delayMs, stopping.signal).then(
      () => add(key),
      () => undefined,
    );
    delays.add(delay);
    void delay.finally(() => delays.delete(delay));
  };

  function pump(): void {
    if (!running || running.aborted) return;
    for (const key of waiting) {
      if (active.size >= concurrency) return;
      if (active.has(key)) continue;
      waiting.delete(key);
      active.set(key, workOn(key, running));
    }
  }

  async function workOn(key: string, signal: AbortSignal): Promise<void> {
    // The key must be in `active` before anything runs that could add it again.
    await Promise.resolve();
    try {
      await work(key, signal);
      retries.delete(key);
    } catch (error) {
      if (!signal.aborted) retryLater(key, error);
    } finally {
      active.delete(key);
      pump();
    }
  }

  function retryLater(key: string, error: unknown): void {
    const retry = retries.get(key) ?? fresh;
    retries.set(key, retry.next());
    onFailure(key, error, retry.delayMs);
    addAfter(key, retry.delayMs);
  }

  return {
    add,
    addAfter,
    get size() {
      return waiting.size + active.size;
    },
    async run(signal) {
      running = signal;
      pump();
      await aborted(signal);
      stopping.abort();
      await Promise.all([...active.values(), ...delays]);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
