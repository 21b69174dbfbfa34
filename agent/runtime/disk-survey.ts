// Measures what pods keep on the disk, while somebody looks at what they use: volumes, and what containers have written where
// the pod has no limit for it, which the storage guard measures. One after the other, each followed by a pause that keeps
// it to a hundredth of the time.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { podKey } from '../../common/pod.ts';
import { withinMs } from '../../common/time-limit.ts';
import { runningContainers } from '../pod/running-container.ts';
import { limitsContainers } from '../pod/storage-limits.ts';
import type { VolumeUse, Written } from '../stats/reading.ts';
import type { Engine } from './engine.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { GuardedPod } from './storage-guard.ts';

export interface DiskSurveyDeps {
  readonly engine: Pick<Engine, 'written'>;
  readonly machineVolumes: Pick<PodVolumes, 'measure'>;
  /** Somebody looks at figures. */
  readonly isWatched: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export interface SurveyedPod extends Pick<GuardedPod, 'record' | 'noteWritten' | 'volumes'> {
  noteVolumes(uses: readonly VolumeUse[]): void;
}

const LOOK_MS = 10_000;
/** From the beginning of one round to that of the next. */
const ROUND_MS = 300_000;
const MAX_SHARE = 0.01;
/** A folder with more in it than can be looked at in this time is given up. */
const MAX_MEASURE_MS = 10_000;

/** Works until the signal aborts. */
export async function surveyDisk(
  pods: () => Iterable<SurveyedPod>,
  deps: DiskSurveyDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, isWatched } = deps;
  let lastRoundMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    if (isWatched() && clock.monotonicMs() - lastRoundMs >= ROUND_MS) {
      lastRoundMs = clock.monotonicMs();
      for (const pod of [...pods()]) {
        await surveyContainers(pod, deps, signal);
        await surveyVolumes(pod, deps, signal);
      }
    }
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
  }
}

async function surveyContainers(pod: SurveyedPod, deps: DiskSurveyDeps, signal: AbortSignal): Promise<void> {
  const { pod: spec, status } = pod.record;
  if (limitsContainers(spec)) return;
  const written = new Map<string, Written>();
  for (const id of runningContainers(status)) {
    const found = await inShare(pod, deps, signal, () => deps.engine.written(id));
    if (found === 'failed') return;
    if (found) written.set(id, found);
  }
  pod.noteWritten(written);
}

async function surveyVolumes(pod: SurveyedPod, deps: DiskSurveyDeps, signal: AbortSignal): Promise<void> {
  const { uid, status } = pod.record;
  if (runningContainers(status).length === 0) return pod.noteVolumes([]);
  const uses: VolumeUse[] = [];
  for (const volume of pod.volumes()) {
    const found = await inShare(pod, deps, signal, (until) =>
      deps.machineVolumes.measure(uid, volume, until),
    );
    if (found && found !== 'failed') uses.push(found);
  }
  pod.noteVolumes(uses);
}

async function inShare<T>(
  pod: SurveyedPod,
  { clock, log }: DiskSurveyDeps,
  signal: AbortSignal,
  measure: (until: AbortSignal) => Promise<T>,
): Promise<T | 'failed'> {
  if (signal.aborted) return 'failed';
  const startedMs = clock.monotonicMs();
  try {
    return await withinMs({ ms: MAX_MEASURE_MS, clock, signal }, measure);
  } catch (error) {
    const fields = { pod: podKey(pod.record.pod), error: describeError(error) };
    log.debug(fields, 'what a pod keeps on the disk could not be measured; it is tried again');
    return 'failed';
  } finally {
    await clock.sleep((clock.monotonicMs() - startedMs) / MAX_SHARE, signal).catch(() => undefined);
  }
}
