// Measures what the containers of pods without limits have written, while somebody looks at what pods use: one container
// after the other, each followed by a pause that keeps it to a hundredth of the time. The storage guard measures the rest.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { podKey } from '../../common/pod.ts';
import { runningContainers } from '../pod/running-container.ts';
import { limitsContainers } from '../pod/storage-limits.ts';
import type { Engine } from './engine.ts';
import type { GuardedPod } from './storage-guard.ts';

export interface WrittenSurveyDeps {
  readonly engine: Pick<Engine, 'writtenBytes'>;
  /** Somebody looks at figures. */
  readonly isWatched: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export type SurveyedPod = Pick<GuardedPod, 'record' | 'noteWritten'>;

const LOOK_MS = 10_000;
/** From the beginning of one round to that of the next. */
const ROUND_MS = 300_000;
const MAX_SHARE = 0.01;

/** Works until the signal aborts. */
export async function surveyWritten(
  pods: () => Iterable<SurveyedPod>,
  deps: WrittenSurveyDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, isWatched } = deps;
  let lastRoundMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    if (isWatched() && clock.monotonicMs() - lastRoundMs >= ROUND_MS) {
      lastRoundMs = clock.monotonicMs();
      for (const pod of [...pods()]) await survey(pod, deps, signal);
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

async function survey(pod: SurveyedPod, deps: WrittenSurveyDeps, signal: AbortSignal): Promise<void> {
  const { engine, clock, log } = deps;
  const { pod: spec, status } = pod.record;
  if (limitsContainers(spec)) return;
  const written = new Map<string, number>();
  try {
    for (const id of runningContainers(status)) {
      if (signal.aborted) return;
      const startedMs = clock.monotonicMs();
      const bytes = await engine.writtenBytes(id);
      if (bytes !== undefined) written.set(id, bytes);
      await clock.sleep((clock.monotonicMs() - startedMs) / MAX_SHARE, signal).catch(() => undefined);
    }
    pod.noteWritten(written);
  } catch (error) {
    const fields = { pod: podKey(spec), error: describeError(error) };
    log.debug(fields, 'what a pod has written could not be measured; it is tried again');
  }
}
