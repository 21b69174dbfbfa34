// Reading a stream of objects one by one, at the reader's pace: little is taken ahead of it, so whoever writes is held
// back. Unlike the stream's own iterator it begins to listen at once, and can be broken off while somebody waits.
import type { Readable } from 'node:stream';

export interface PacedReader<T> {
  /** The next; undefined at the end. Rejects when all that came before the stream failed is read, or it was broken off. One at a time. */
  next(): Promise<T | undefined>;
  /** The next if it has come already. */
  ready(): T | undefined;
  /** Whoever waits, or asks later, fails with this error. Idempotent; does nothing once the end has been read. */
  breakOff(error: unknown): void;
}

/** `ahead`: how many are taken ahead of the reader, beside what the stream itself holds. */
export function readPaced<T>(stream: Readable, ahead = 2): PacedReader<T> {
  const items: T[] = [];
  let ending: { readonly error?: unknown } | undefined;
  let isBroken = false;
  let wake: () => void = () => undefined;

  const end = (result: { readonly error?: unknown }) => {
    ending ??= result;
    wake();
  };
  stream.on('data', (item: T) => {
    if (isBroken) return;
    items.push(item);
    if (items.length >= ahead) stream.pause();
    wake();
  });
  stream.on('end', () => end({}));
  stream.on('error', (error) => end({ error }));
  stream.on('close', () => end({}));
  // Whoever made it may have paused it; and what has ended already does not say so again.
  stream.resume();
  if (stream.closed || stream.readableEnded) end(stream.errored ? { error: stream.errored } : {});

  const take = () => {
    const item = items.shift();
    if (item !== undefined && items.length === 0) stream.resume();
    return item;
  };

  return {
    async next() {
      for (;;) {
        const item = take();
        if (item !== undefined) return item;
        if (ending && 'error' in ending) throw ending.error;
        if (ending) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    ready: take,
    breakOff(error) {
      if (isBroken || (ending && items.length === 0)) return;
      isBroken = true;
      items.length = 0;
      ending = { error };
      wake();
    },
  };
}
