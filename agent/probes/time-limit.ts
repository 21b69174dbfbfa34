// A limit to how long something may take, on the injected clock.
import type { Clock } from '../../common/clock.ts';

export class TimeLimitError extends Error {
  constructor() {
    super('context deadline exceeded');
    this.name = 'TimeLimitError';
  }
}

/** Rejects with a TimeLimitError when the time is over; what was begun is told so by its signal. */
export async function withinMs<T>(
  limit: { readonly ms: number; readonly clock: Clock; readonly signal: AbortSignal },
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  limit.clock.sleep(limit.ms, AbortSignal.any([done.signal, limit.signal])).then(
    () => over.abort(new TimeLimitError()),
    () => {},
  );
  const signal = AbortSignal.any([over.signal, limit.signal]);
  try {
    return await action(signal);
  } catch (error) {
    if (over.signal.aborted) throw over.signal.reason;
    throw error;
  } finally {
    done.abort();
  }
}
