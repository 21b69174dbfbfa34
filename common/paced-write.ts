// Waiting until a stream takes more: what back-pressure on a gRPC call or a socket comes down to.
import type { EventEmitter } from 'node:events';

/** Resolves at `drain`, or when the stream has closed or the signal aborted and no drain will ever come. */
export function drained(stream: EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      stream.off('drain', done);
      stream.off('close', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
    signal.addEventListener('abort', done);
  });
}
