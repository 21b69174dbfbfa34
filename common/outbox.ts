// What a session has still to send, in order. A newer message under the same key takes the place of the unsent older
// one, so a slow peer costs one entry per key and no more.
import { LongshoreError } from './errors.ts';

export interface Outbox<T> {
  /** Throws `exhausted` when full. */
  put(key: string, message: T): void;
  /** Takes the oldest; undefined when empty. */
  take(): T | undefined;
  readonly size: number;
}

export function createOutbox<T>(maxEntries: number): Outbox<T> {
  const entries = new Map<string, T>();
  return {
    put(key, message) {
      if (entries.size >= maxEntries && !entries.has(key)) {
        throw new LongshoreError('exhausted', `more than ${maxEntries} messages wait to be sent`);
      }
      entries.set(key, message);
    },
    take() {
      const first = entries.entries().next();
      if (first.done) return undefined;
      const [key, message] = first.value;
      entries.delete(key);
      return message;
    },
    get size() {
      return entries.size;
    },
  };
}
