// The shape of most controllers here: something changed, or some time passed, so look at everything again; many changes
// in one turn of the event loop are one look.
import { describeError } from '../../../common/errors.ts';
import type { ControllerContext } from '../controllers.ts';
import type { Bucket } from '../storage.ts';

export interface LookAgain {
  readonly name: string;
  readonly buckets: readonly Bucket[];
  /** Also look when nothing changed. */
  readonly everyMs?: number;
  readonly look: () => void;
}

export function lookAgain({ objects, clock, log }: ControllerContext, options: LookAgain): Disposable {
  const ended = new AbortController();
  let waiting = false;
  const now = () => {
    waiting = false;
    if (ended.signal.aborted) return;
    try {
      options.look();
    } catch (error) {
      log.error({ controller: options.name, reason: describeError(error) }, 'controller pass failed');
    }
  };
  const later = () => {
    if (waiting) return;
    waiting = true;
    setImmediate(now);
  };
  const subscriptions = options.buckets.map((bucket) => objects.storage.subscribe(bucket, later));
  const repeat = async (everyMs: number) => {
    while (!ended.signal.aborted) {
      await clock.sleep(everyMs, ended.signal).catch(() => undefined);
      later();
    }
  };
  if (options.everyMs !== undefined) void repeat(options.everyMs);
  later();
  return {
    [Symbol.dispose]: () => {
      ended.abort();
      for (const subscription of subscriptions) subscription[Symbol.dispose]();
    },
  };
}
