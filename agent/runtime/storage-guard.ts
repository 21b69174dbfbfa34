// Holds pods to the limits of what they may keep on this machine's disks. Only pods that have such limits are measured,
// one after another, and the more rarely the longer measuring takes.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { containerStatuses, isTerminal, podKey } from '../../common/pod.ts';
import { TimeLimitError, withinMs } from '../../common/time-limit.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import { limitsContainers, limitsStorage, type StorageUsage, storageExcess } from '../pod/storage-limits.ts';
import type { Written } from '../stats/reading.ts';
import type { Engine } from './engine.ts';
import type { PodVolumes } from './pod-volumes.ts';
import { bytesOf } from './written-bytes.ts';

export interface GuardedPod {
  readonly record: PodRecord;
  /** What its running containers have written, by their ids. */
  noteWritten(written: ReadonlyMap<string, Written>): void;
  volumes(): readonly PodVolume[];
  evict(message: string): Promise<void>;
}

export interface StorageGuardDeps {
  readonly engine: Pick<Engine, 'written'>;
  readonly machineVolumes: Pick<PodVolumes, 'usage'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** As often as a kubelet looks for what to evict. */
const LOOK_MS = 10_000;
/** Measuring takes at most this share of the time. */
const MAX_SHARE = 0.05;
/** A pod that cannot be measured keeps no other from being. */
const MAX_MEASURE_MS = 120_000;

/** Works until the signal aborts. */
export async function guardStorage(
  pods: () => Iterable<GuardedPod>,
  deps: StorageGuardDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = deps;
  for (let waitMs = LOOK_MS; !signal.aborted; ) {
    await clock.sleep(waitMs, signal).catch(() => undefined);
    let spentMs = 0;
    for (const pod of [...pods()]) {
      if (signal.aborted) return;
      const begunMs = clock.monotonicMs();
      if ((await look(pod, deps, signal)) !== 'unanswered') spentMs += clock.monotonicMs() - begunMs;
    }
    waitMs = Math.max(LOOK_MS, spentMs / MAX_SHARE);
  }
}

async function look(
  pod: GuardedPod,
  deps: StorageGuardDeps,
  signal: AbortSignal,
): Promise<'unanswered' | undefined> {
  const { record } = pod;
  const over = record.stopping ?? record.gone ?? record.evicted;
  if (over || isTerminal(record.status) || !limitsStorage(record.pod)) return undefined;
  try {
    const limit = { ms: MAX_MEASURE_MS, clock: deps.clock, signal };
    const { written, ...usage } = await withinMs(limit, () => measure(pod, deps));
    if (limitsContainers(record.pod)) pod.noteWritten(written);
    const message = storageExcess(record.pod, usage);
    if (message !== undefined) await pod.evict(message);
  } catch (error) {
    const fields = { pod: podKey(record.pod), error: describeError(error) };
    deps.log.debug(fields, 'what a pod keeps on the disk could not be measured; it is tried again');
    if (error instanceof TimeLimitError) return 'unanswered';
  }
  return undefined;
}

interface Measured extends StorageUsage {
  /** By the ids of the containers. */
  readonly written: ReadonlyMap<string, Written>;
}

async function measure(pod: GuardedPod, deps: StorageGuardDeps): Promise<Measured> {
  const { record } = pod;
  const emptyDirs = await deps.machineVolumes.usage(record.uid, pod.volumes());
  const containers = new Map<string, number>();
  const written = new Map<string, Written>();
  const statuses = limitsContainers(record.pod) ? containerStatuses(record.status) : [];
  for (const { name, containerID, state } of statuses) {
    if (!state?.running || !containerID) continue;
    const id = containerID.replace(/^docker:\/\//, '');
    const found = await deps.engine.written(id);
    if (found === undefined) continue;
    containers.set(name, bytesOf(found));
    written.set(id, found);
  }
  return { emptyDirs, containers, written };
}
