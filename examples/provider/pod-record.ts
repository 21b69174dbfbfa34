// What this provider knows of one pod, and what it tells of it. Pure: a record in, a status out.
import type { PodEventRecord } from '../../agent/link/pod-host.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../common/pod.ts';
import type { ContainerProcess, ProcessState } from './container-process.ts';
import { unsupported } from './supported.ts';

const NOT_SUPPORTED = 'NotSupported';
/** Of an Event object at the API server. */
const MAX_MESSAGE = 1024;

export interface PodRecord {
  readonly pod: Pod;
  readonly acceptedAtMs: number;
  /** Newest attempt of each container, by name. */
  readonly containers: Readonly<Record<string, Attempt>>;
  /** What it asks for and this provider does not do, for people: it never starts. */
  readonly unsupported?: string;
  /** What people are to be told of it, until the controller has acknowledged that. */
  readonly untold?: PodEventRecord | undefined;
  /** It is to end. */
  readonly stopping?: Stopping;
  /** All has ended for good: the tombstone, kept until the controller has acknowledged it. */
  readonly gone?: PodStatus;
}

export interface Stopping {
  readonly sinceMs: number;
  readonly graceSeconds: number;
}

export interface Attempt {
  /** 0 for the first. */
  readonly number: number;
  readonly process: ContainerProcess;
}

export type Observed = ReadonlyMap<string, ProcessState>;

/** Whether a container that ended with this code is to run again. */
export function restarts({ spec }: Pod, exitCode: number): boolean {
  if (spec.restartPolicy === 'Never') return false;
  return spec.restartPolicy !== 'OnFailure' || exitCode !== 0;
}

export function newRecord(pod: Pod, nowMs: number): PodRecord {
  const record = { pod, acceptedAtMs: nowMs, containers: {} };
  const fields = unsupported(pod);
  if (fields.length === 0) return record;
  const message = `not supported by this provider: ${fields.join(', ')}`.slice(0, MAX_MESSAGE);
  const { uid: podUid, namespace: podNamespace, name: podName } = pod.metadata;
  const about = { podUid, podNamespace, podName, type: 'Warning' as const, timeMs: nowMs };
  return { ...record, unsupported: message, untold: { ...about, reason: NOT_SUPPORTED, message } };
}

/** Asked again, it may only become sooner. */
export function withStopping(record: PodRecord, wish: Stopping): PodRecord {
  const { stopping, gone } = record;
  if (gone) return record;
  const graceSeconds = Math.min(wish.graceSeconds, stopping?.graceSeconds ?? wish.graceSeconds);
  return { ...record, stopping: { sinceMs: stopping?.sinceMs ?? wish.sinceMs, graceSeconds } };
}

export function statusOf(record: PodRecord, observed: Observed): PodStatus {
  const { pod, acceptedAtMs } = record;
  const containerStatuses = pod.spec.containers.map((spec) => containerStatus(spec, record, observed));
  const phase = phaseOf(record, observed);
  const ready = phase === 'Running' && containerStatuses.every((status) => status.ready);
  const at = rfc3339(acceptedAtMs);
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: at,
  });
  return {
    phase,
    startTime: at,
    conditions: [
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses,
    qosClass: pod.status?.qosClass ?? 'BestEffort',
  };
}

function phaseOf({ pod, containers, stopping }: PodRecord, observed: Observed): string {
  const codes = pod.spec.containers.map(({ name }) => {
    const state = observed.get(name);
    return state?.kind === 'ended' ? state.exitCode : undefined;
  });
  const ended = codes.filter((code) => code !== undefined);
  const started = Object.keys(containers).length > 0;
  if (stopping && ended.length === Object.keys(containers).length) return endPhase(started ? ended : [1]);
  if (!started) return 'Pending';
  if (ended.length < codes.length || ended.some((code) => restarts(pod, code))) return 'Running';
  return endPhase(ended);
}

function endPhase(codes: readonly number[]): string {
  return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
}

function containerStatus(
  { name, image = '' }: Pod['spec']['containers'][number],
  { pod, containers, unsupported: message }: PodRecord,
  observed: Observed,
): ContainerStatus {
  const attempt = containers[name];
  const state = observed.get(name);
  const common = {
    name,
    image,
    // There are no images here; the field must be there.
    imageID: 'process://',
    restartCount: attempt?.number ?? 0,
    ready: state?.kind === 'running',
    started: state?.kind === 'running',
  };
  if (!attempt || !state) {
    const waiting = message ? { reason: NOT_SUPPORTED, message } : { reason: 'ContainerCreating' };
    return { ...common, state: { waiting } };
  }
  const { process } = attempt;
  const startedAt = rfc3339(process.startedAtMs);
  const containerID = `process://${pod.metadata.uid}/${name}/${attempt.number}`;
  if (state.kind === 'running') return { ...common, containerID, state: { running: { startedAt } } };
  const { exitCode } = state;
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { ...common, containerID, state: { terminated: { exitCode, reason, startedAt, containerID } } };
}

function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
