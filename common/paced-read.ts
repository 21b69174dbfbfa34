// Reading a stream of objects one by one, at the reader's pace: little is taken ahead of it, so whoever writes is held
// back. Unlike the stream's own iterator it begins to listen at once, and can be broken off while somebody waits.
import type { Readable } from 'node:stream';

export interface PacedReader<T> {
  /** The next; undefined at the end. Rejects when the stream has failed or was broken off. One at a time. */
  next(): Promise<T | undefined>;
  /** Whoever waits, or asks later, fails with this error. Idempotent; does nothing once the end has been read. */
  breakOff(error: unknown): void;
}

/** Taken ahead of the reader, beside what the stream itself holds. */
const AHEAD = 2;

export function readPaced<T>(stream: Readable): PacedReader<T> {
  const items: T[] = [];
  let ending: { readonly error?: unknown } | undefined;
  let wake: () => void = () => undefined;

  const end = (result: { readonly error?: unknown }) => {
    ending ??= result;
    wake();
  };
  stream.on('data', (item: T) => {
    items.push(item);
    if (items.length >= AHEAD) stream.pause();
    wake();
  });
  stream.on('end', () => end({}));
  stream.on('error', (error) => end({ error }));
  stream.on('close', () => end({}));

  return {
    async next() {
      for (;;) {
        if (ending && 'error' in ending) throw ending.error;
        const item = items.shift();
        if (item !== undefined) {
          if (items.length === 0) stream.resume();
          return item;
        }
        if (ending) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    breakOff(error) {
      if (ending && items.length === 0) return;
      ending = { error };
      wake();
    },
  };
}
