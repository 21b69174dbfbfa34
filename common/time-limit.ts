// A limit to how long something may take, on the injected clock, whether what is limited listens or not.
import type { Clock } from './clock.ts';

export class TimeLimitError extends Error {
  constructor() {
    super('context deadline exceeded');
    this.name = 'TimeLimitError';
  }
}

/** To end what was begun, so that nothing of it is left behind. */
const GRACE_MS = 2000;

/**
 * Rejects with a TimeLimitError when the time is over, and with the signal's reason when that aborts. What was begun is told so
 * by its own signal and is waited for, but not for long: it may wait for somebody who does not answer.
 */
export async function withinMs<T>(
  limit: { readonly ms: number; readonly clock: Clock; readonly signal: AbortSignal },
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { ms, clock } = limit;
  const over = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, AbortSignal.any([done.signal, limit.signal])).then(
    () => over.abort(new TimeLimitError()),
    () => {},
  );
  const signal = AbortSignal.any([over.signal, limit.signal]);
  try {
    return await Promise.race([action(signal), deaf(signal, { clock, done: done.signal })]);
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    throw error;
  } finally {
    done.abort();
  }
}

/** Rejects a while after the signal has aborted. */
function deaf(
  signal: AbortSignal,
  { clock, done }: { readonly clock: Clock; readonly done: AbortSignal },
): Promise<never> {
  return new Promise((_, reject) => {
    const wait = () => {
      clock.sleep(GRACE_MS, done).then(
        () => reject(signal.reason),
        () => {},
      );
    };
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true, signal: done });
  });
}
