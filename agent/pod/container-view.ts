// What one container of the pod has come to: its newest attempt in Docker, or what was reported of it when Docker has
// lost it. Plan and status both read this, so they never disagree.
import { type ContainerStatus, containerStatuses } from '../../common/pod.ts';
import { notesOf, type StopCause } from './container-notes.ts';
import { type Exit, isLive, type Observation, type ObservedContainer } from './observation.ts';
import { type Member, podMembers } from './pod-containers.ts';
import type { PodRecord } from './pod-record.ts';

/** One ended attempt. */
export interface EndedAttempt extends Exit {
  readonly attempt: number;
  readonly hash: string;
  /** How long to wait after it before the next. */
  readonly restartDelayMs: number;
  /** How long it existed, from creation to exit. */
  readonly lifetimeMs: number;
  /** Why the agent ended it; undefined when it ended by itself, or by another's hand. */
  readonly stopCause: StopCause | undefined;
  /** `docker://…`, empty when there never was one. */
  readonly containerId: string;
  /** Undefined when Docker has it no more. */
  readonly container: ObservedContainer | undefined;
}

export type ContainerView =
  /** There is none, and none has ended. `attempt`: the one to make. */
  | { readonly kind: 'absent'; readonly attempt: number }
  /** Made but not started: the agent died in between, or the engine refused. */
  | { readonly kind: 'created'; readonly container: ObservedContainer; readonly previous?: EndedAttempt }
  /** It runs, but its postStart hook has not done its work. */
  | { readonly kind: 'starting'; readonly container: ObservedContainer; readonly previous?: EndedAttempt }
  | { readonly kind: 'running'; readonly container: ObservedContainer; readonly previous?: EndedAttempt }
  | { readonly kind: 'exited'; readonly last: EndedAttempt; readonly previous?: EndedAttempt };

/** By container name: one for every container of the pod. */
export type ContainerViews = ReadonlyMap<string, ContainerView>;

export function viewOf(views: ContainerViews, name: string): ContainerView {
  return views.get(name) ?? { kind: 'absent', attempt: 0 };
}

export function viewContainers(record: PodRecord, observation: Observation): ContainerViews {
  const statuses = containerStatuses(record.status);
  return new Map(
    podMembers(record.pod).map((member) => {
      const { spec } = member;
      const attempts = observation.containers.filter(
        (container) => container.identity.container === spec.name,
      );
      return [
        spec.name,
        viewContainer(
          attempts,
          statuses.find((status) => status.name === spec.name),
          { member, record },
        ),
      ];
    }),
  );
}

function viewContainer(
  attempts: readonly ObservedContainer[],
  reported: ContainerStatus | undefined,
  { member, record }: { readonly member: Member; readonly record: PodRecord },
): ContainerView {
  const ended = (container: ObservedContainer) => endedAttempt(container, record);
  const newest = attempts.find(isLive) ?? attempts[0];
  const older = attempts.filter((container) => container !== newest);
  const lost = lostAttempt(reported, record);
  if (!newest || (lost && lost.attempt > newest.identity.attempt && !isLive(newest))) {
    if (!lost) return { kind: 'absent', attempt: reported?.restartCount ?? 0 };
    return { kind: 'exited', last: lost, previous: newest && ended(newest) };
  }
  const previous = older.map(ended).find((attempt) => attempt !== undefined);
  const before = previous ?? lostBefore(newest, lost, reported);
  if (newest.state.kind === 'created') return { kind: 'created', container: newest, previous: before };
  const last = ended(newest);
  if (last) return { kind: 'exited', last, previous: before };
  const up = !member.spec.lifecycle?.postStart || notesOf(record, newest.id).postStart?.outcome === 'done';
  return { kind: up ? 'running' : 'starting', container: newest, previous: before };
}

function endedAttempt(container: ObservedContainer, record: PodRecord): EndedAttempt | undefined {
  const { state, identity, id, createdAtMs } = container;
  if (state.kind !== 'exited') return undefined;
  const { stop, outOfMemory } = notesOf(record, id);
  const exit = exitOf(state);
  return {
    ...exit,
    reason: outOfMemory && exit.reason !== CANNOT_RUN ? 'OOMKilled' : exit.reason,
    attempt: identity.attempt,
    hash: identity.hash,
    restartDelayMs: identity.restartDelayMs,
    lifetimeMs: Math.max(0, (state.finishedAtMs ?? createdAtMs) - createdAtMs),
    stopCause: stop?.cause,
    containerId: `docker://${id}`,
    container,
  };
}

/** Why an attempt ended that the engine could not start. */
export const CANNOT_RUN = 'ContainerCannotRun';

function exitOf(exit: Exit): Exit {
  const { exitCode, reason, message, startedAtMs, finishedAtMs, agoMs } = exit;
  return { exitCode, reason, message, startedAtMs, finishedAtMs, agoMs };
}

const LOST_MESSAGE = 'The container could not be located when the pod was observed. It used to be Running';

/** The newest attempt that was reported to have run, as an ended one; Docker may know better. */
function lostAttempt(reported: ContainerStatus | undefined, record: PodRecord): EndedAttempt | undefined {
  if (!reported) return undefined;
  const { state, lastState, restartCount } = reported;
  const ran = state?.running !== undefined || hadPostStart(reported, record);
  const terminated = state?.terminated ?? (ran ? undefined : lastState?.terminated);
  if (!terminated && !ran) return undefined;
  const attempt = !ran && state?.waiting && isOlder(reported) ? Math.max(0, restartCount - 1) : restartCount;
  return lostEnd(attempt, { containerID: reported.containerID, ...(terminated ?? UNKNOWN_END) });
}

/** The attempt before, as it was reported beside this one or before it. */
function lostBefore(
  { id, identity: { attempt } }: ObservedContainer,
  lost: EndedAttempt | undefined,
  reported: ContainerStatus | undefined,
): EndedAttempt | undefined {
  if (lost && lost.attempt < attempt) return lost;
  const terminated = reported?.restartCount === attempt ? reported.lastState?.terminated : undefined;
  // Of one that waits for its next attempt, the last state is this one's own end.
  if (!terminated || dockerId(terminated.containerID ?? '') === id) return undefined;
  return lostEnd(attempt - 1, terminated);
}

const UNKNOWN_END = { exitCode: 137, reason: 'ContainerStatusUnknown', message: LOST_MESSAGE };

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

function lostEnd(attempt: number, end: Terminated): EndedAttempt {
  return {
    exitCode: end.exitCode,
    reason: end.reason ?? 'ContainerStatusUnknown',
    message: end.message ?? '',
    startedAtMs: parseTime(end.startedAt),
    finishedAtMs: parseTime(end.finishedAt),
    agoMs: Number.POSITIVE_INFINITY,
    attempt,
    hash: '',
    restartDelayMs: 0,
    lifetimeMs: 0,
    stopCause: undefined,
    containerId: end.containerID ?? '',
    container: undefined,
  };
}

/** It shows as waiting until its postStart hook has done its work, but it runs. */
function hadPostStart({ state, containerID = '' }: ContainerStatus, record: PodRecord): boolean {
  return state?.waiting !== undefined && notesOf(record, dockerId(containerID)).postStart !== undefined;
}

function dockerId(containerId: string): string {
  return containerId.replace('docker://', '');
}

/** What has ended is not the attempt that the status is about, but the one before. */
function isOlder({ containerID, lastState }: ContainerStatus): boolean {
  const ended = lastState?.terminated?.containerID;
  return Boolean(containerID && ended && containerID !== ended);
}

function parseTime(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
