// At most so many at once, first come first served: keeps a burst of writes from opening a connection each.

export interface Gate {
  /** Runs `work` when a place is free. A caller whose signal aborts while it waits never runs. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createGate(places: number): Gate {
  let free = places;
  const waiting = new Set<() => void>();

  const enter = (signal: AbortSignal | undefined): Promise<void> | undefined => {
    signal?.throwIfAborted();
    if (free > 0) {
      free--;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        if (waiting.delete(proceed)) reject(signal?.reason);
      };
      waiting.add(proceed);
      signal?.addEventListener('abort', leave, { once: true });
    });
  };
  const exit = () => {
    const [next] = waiting;
    if (!next) {
      free++;
      return;
    }
    waiting.delete(next);
    next();
  };
  return {
    async run(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
