// Time, injected. Everything that waits, measures or stamps takes a Clock; nothing else reads the system's time.

export interface Clock {
  /** Wall-clock time in Unix milliseconds; may jump. For stamps that people or other systems read. */
  now(): number;
  /**
   * Milliseconds since the machine's boot; never jumps, and goes on from one process to the next. For every duration,
   * deadline and backoff.
   */
  monotonicMs(): number;
  /** Resolves after `ms` (at once when ≤ 0); rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(0, ms), MAX_TIMEOUT_MS),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};

/** setTimeout fires at once beyond this; a sleeper that needs longer looks again when it wakes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
