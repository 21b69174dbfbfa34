// What the controller is told of the machine's images: looked at when one was pulled or removed here, and now and then, for
// its owner pulls and removes too.
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { type HeldImage, heldImages } from './held-images.ts';
import type { ImageEngine } from './image-engine.ts';

export interface ImageReport {
  /** Undefined: not known yet. */
  images(): HeldImage[] | undefined;
  /** Looks again soon. */
  refresh(): void;
  /** Until the signal aborts; `changed` is called when they are others than before. Never rejects. */
  run(signal: AbortSignal, changed: () => void): Promise<void>;
}

export interface ImageReportDeps {
  readonly engine: Pick<ImageEngine, 'list'>;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_MS = 300_000;

export function createImageReport({ engine, clock, log }: ImageReportDeps): ImageReport {
  let known: HeldImage[] | undefined;
  let wake = new AbortController();
  return {
    images: () => known,
    refresh: () => wake.abort(),
    async run(signal, changed) {
      while (!signal.aborted) {
        wake = new AbortController();
        try {
          const now = heldImages(await engine.list());
          if (!isDeepStrictEqual(now, known)) {
            known = now;
            changed();
          }
        } catch (error) {
          log.debug({ reason: describeError(error) }, 'the images of the machine are not known now');
        }
        await clock.sleep(LOOK_MS, AbortSignal.any([signal, wake.signal])).catch(() => undefined);
      }
    },
  };
}
