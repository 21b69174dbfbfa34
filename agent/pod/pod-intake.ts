// What becomes of a pod's record as the controller speaks of the pod: taken on, changed, to be stopped.
import { isDeepStrictEqual } from 'node:util';
import { isTerminal, type Pod, type PodStatus } from '../../common/pod.ts';
import { DEFAULT_GRACE_SECONDS } from './labels.ts';
import type { Moment } from './moment.ts';
import type { PodRecord } from './pod-record.ts';

/** The record with the newest of the pod; a deletion begins the stop, once. */
export function withPod(record: PodRecord, pod: Pod, now: Moment): PodRecord {
  if (record.gone) return record;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const newest = withEnd(isDeepStrictEqual(record.pod, pod) ? record : { ...record, pod });
  if (!deletionTimestamp) return newest;
  const grace = deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return withStopping(newest, grace, now);
}

/** An end that another has written into the API is the pod's end: what runs of it is stopped, and nothing starts again. */
function withEnd(record: PodRecord): PodRecord {
  const { pod, status } = record;
  if (!isTerminal(pod.status) || isTerminal(status)) return record;
  const { phase, reason, message } = pod.status ?? {};
  return { ...record, status: { ...status, phase, reason, message } };
}

/** The grace only ever shrinks, and counts from the first time. */
export function withStopping(record: PodRecord, graceSeconds: number, now: Moment): PodRecord {
  const { stopping } = record;
  return {
    ...record,
    stopping: {
      graceSeconds: Math.max(1, Math.min(graceSeconds, stopping?.graceSeconds ?? graceSeconds)),
      since: stopping?.since ?? now,
    },
  };
}

/** What the API already says of a pod that is new here: its start, its attempts, its end. */
export function seedStatus(pod: Pod): PodStatus | undefined {
  const { phase, reason, message, startTime, conditions, podIP, podIPs, qosClass } = pod.status ?? {};
  const known = startTime !== undefined || isTerminal(pod.status);
  if (!known) return undefined;
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  return {
    ...{ phase, reason, message, startTime, conditions, podIP, podIPs, qosClass },
    ...{ initContainerStatuses, containerStatuses, ephemeralContainerStatuses },
  };
}
