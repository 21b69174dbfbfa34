// Holds pods to the limits of what they may keep on this machine's disks. Only pods that have such limits are measured,
// one after another, and the more rarely the longer measuring takes.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { containerStatuses, isTerminal, podKey } from '../../common/pod.ts';
import { withinMs } from '../../common/time-limit.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { PodVolume } from '../pod/pod-volume.ts';
import { limitsContainers, limitsStorage, type StorageUsage, storageExcess } from '../pod/storage-limits.ts';
import type { Engine } from './engine.ts';
import type { PodVolumes } from './pod-volumes.ts';

export interface GuardedPod {
  readonly record: PodRecord;
  /** What its running containers have written, by their ids. */
  noteWritten(bytes: ReadonlyMap<string, number>): void;
  volumes(): readonly PodVolume[];
  evict(message: string): Promise<void>;
}

export interface StorageGuardDeps {
  readonly engine: Pick<Engine, 'writtenBytes'>;
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
    const startedMs = clock.monotonicMs();
    for (const pod of [...pods()]) {
      if (signal.aborted) return;
      await look(pod, deps, signal);
    }
    waitMs = Math.max(LOOK_MS, (clock.monotonicMs() - startedMs) / MAX_SHARE);
  }
}

async function look(pod: GuardedPod, deps: StorageGuardDeps, signal: AbortSignal): Promise<void> {
  const { record } = pod;
  const over = record.stopping ?? record.gone ?? record.evicted;
  if (over || isTerminal(record.status) || !limitsStorage(record.pod)) return;
  try {
    const limit = { ms: MAX_MEASURE_MS, clock: deps.clock, signal };
    const message = storageExcess(record.pod, await withinMs(limit, () => measure(pod, deps)));
    if (message !== undefined) await pod.evict(message);
  } catch (error) {
    const fields = { pod: podKey(record.pod), error: describeError(error) };
    deps.log.debug(fields, 'what a pod keeps on the disk could not be measured; it is tried again');
  }
}

async function measure(pod: GuardedPod, deps: StorageGuardDeps): Promise<StorageUsage> {
  const { record } = pod;
  const emptyDirs = await deps.machineVolumes.usage(record.uid, pod.volumes());
  const containers = new Map<string, number>();
  const byId = new Map<string, number>();
  const statuses = limitsContainers(record.pod) ? containerStatuses(record.status) : [];
  for (const { name, containerID, state } of statuses) {
    if (!state?.running || !containerID) continue;
    const id = containerID.replace(/^docker:\/\//, '');
    const bytes = await deps.engine.writtenBytes(id);
    if (bytes === undefined) continue;
    containers.set(name, bytes);
    byId.set(id, bytes);
  }
  if (limitsContainers(record.pod)) pod.noteWritten(byId);
  return { emptyDirs, containers };
}
