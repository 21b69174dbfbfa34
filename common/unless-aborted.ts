// What is asked of somebody who may never answer, or answer when nobody waits any more.

/** Rejects with the signal's reason as soon as that aborts; what comes after that is `late`, to be cleaned up. */
export function unlessAborted<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const giveUp = () => reject(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    ask()
      .then((value) => {
        if (signal.aborted) late(value);
        resolve(value);
      }, reject)
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
}
