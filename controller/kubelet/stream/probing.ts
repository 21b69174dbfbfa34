// A client that we do not read, because too much waits already, cannot tell us that it is gone. So it is written to now
// and then: to one that is gone the connection breaks.
import type { Clock } from '../../../common/clock.ts';

/** Where the client has closed its end, the first only learns so; the second breaks. */
const EVERY_MS = 5_000;

/** Writes until `stop` is called. */
export function probe(write: () => void, clock: Clock): { stop(): void } {
  const over = new AbortController();
  const work = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(EVERY_MS, over.signal);
      write();
    }
  };
  work().catch(() => undefined);
  return { stop: () => over.abort() };
}
