// Bytes that have arrived and wait for their one reader. Whoever fills it keeps count of what the reader takes, and stops
// filling in time: the queue itself refuses nothing.
import type { LongshoreError } from '../../../common/errors.ts';

export interface ByteQueue extends AsyncIterable<Buffer> {
  /** Says whether it was taken: not once it has ended, or nobody reads it any more. */
  push(data: Buffer): boolean;
  /** No more comes; what is there can still be read. Idempotent. */
  end(): void;
  /** What is there is dropped and the reader fails, unless it has read the end. */
  fail(error: LongshoreError): void;
  /** Nobody wants it: what is there is dropped, what comes is not taken, and the reader is at its end. */
  leave(): void;
}

/** What has left the queue, read or dropped. */
export interface Taken {
  readonly bytes: number;
  readonly chunks: number;
}

type State =
  | { readonly kind: 'open' | 'ended' | 'left' }
  | { readonly kind: 'failed'; readonly error: LongshoreError };

export function createByteQueue(taken: (taken: Taken) => void): ByteQueue {
  let queued: Buffer[] = [];
  let state: State = { kind: 'open' };
  let wake: () => void = () => undefined;

  function become(next: State): void {
    state = next;
    if (next.kind !== 'ended' && queued.length > 0) {
      const bytes = queued.reduce((sum, { length }) => sum + length, 0);
      const chunks = queued.length;
      queued = [];
      taken({ bytes, chunks });
    }
    wake();
  }

  return {
    push(data) {
      if (state.kind !== 'open') return false;
      queued.push(data);
      wake();
      return true;
    },
    end() {
      if (state.kind === 'open') become({ kind: 'ended' });
    },
    fail(error) {
      if (state.kind === 'open' || (state.kind === 'ended' && queued.length > 0))
        become({ kind: 'failed', error });
    },
    leave() {
      if (state.kind !== 'failed') become({ kind: 'left' });
    },
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const next = queued.shift();
          if (next) {
            taken({ bytes: next.length, chunks: 1 });
            if (next.length > 0) yield next;
          } else if (state.kind === 'failed') throw state.error;
          else if (state.kind !== 'open') return;
          else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        become({ kind: 'left' });
      }
    },
  };
}
