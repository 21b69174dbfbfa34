// One container's entry in the pod's status, in the kubelet's words.
import { type ContainerStatus, containerStatuses } from '../../common/pod.ts';
import { apiTime, goSeconds } from './api-time.ts';
import { type ContainerView, type EndedAttempt, viewOf } from './container-view.ts';
import { mountedImages, wantedImage } from './image-volumes.ts';
import { isOver, wasInitialized } from './initialization.ts';
import type { ObservedContainer } from './observation.ts';
import { type Member, type PodContainer, podMembers } from './pod-containers.ts';
import { isReady, isStarted } from './readiness.ts';
import { refusalsOf } from './refusals.ts';
import { resourcesStatus } from './resize.ts';
import { decideRestart, isEndedToRestart } from './restart.ts';
import { mustEnd, SHOW_PULL_ERROR_MS, type Situation } from './situation.ts';
import { mountStatuses } from './volume-mounts.ts';

/** What Docker calls an image; asked once per image id. */
export interface ImageNames {
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
}

export interface ContainerStatusInput {
  readonly situation: Situation;
  readonly imageNames: (imageId: string) => ImageNames | undefined;
  /** The engine and the kernel can make a whole tree of mounts read-only. */
  readonly recursiveReadOnly: boolean;
  /** Nothing of the pod will start again, and what is not running has ended. */
  readonly final: boolean;
}

type State = NonNullable<ContainerStatus['state']>;
type Waiting = NonNullable<State['waiting']>;

/** Docker's and registries' texts are unbounded; the status is not. */
const MAX_MESSAGE = 4096;

const LOST_AT_END = 'The container could not be located when the pod was terminated';

export function containerStatus(member: Member, input: ContainerStatusInput): ContainerStatus {
  const { situation } = input;
  const { spec } = member;
  const view = viewOf(situation.views, spec.name);
  const { state, lastState } = states(member, view, input);
  const { attempt, containerId, container } = attemptOf(view);
  const reported = containerStatuses(situation.record.status).find(({ name }) => name === spec.name);
  return {
    name: spec.name,
    state,
    lastState,
    ready: isReady(situation, member),
    started: member.kind !== 'init' && isStarted(situation, member),
    restartCount: Math.max(attempt, reported?.restartCount ?? 0),
    image: imageName(spec, container, input),
    imageID: imageId(container, input) ?? reported?.imageID ?? '',
    ...(containerId ? { containerID: containerId } : {}),
    ...(spec.lifecycle?.stopSignal ? { stopSignal: spec.lifecycle.stopSignal } : {}),
    ...resourcesStatus(member, situation, reported),
    ...(spec.volumeMounts?.length ? { volumeMounts: mountStatuses(spec, input) } : {}),
  };
}

function states(member: Member, view: ContainerView, input: ContainerStatusInput) {
  const { situation, final } = input;
  if (final && view.kind === 'created' && view.previous) {
    return { state: terminatedOrEmpty(view.previous), lastState: {} };
  }
  switch (view.kind) {
    case 'running':
      return { state: running(view.container), lastState: terminatedOrEmpty(view.previous) };
    case 'absent':
    case 'created':
    case 'starting': {
      const previous = view.kind === 'absent' ? undefined : view.previous;
      const lost = member.kind === 'regular' ? wasInitialized(situation) : previous !== undefined;
      if (final && lost)
        return { state: { terminated: UNKNOWN_END }, lastState: terminatedOrEmpty(previous) };
      const waiting = waitingReason(member.spec, situation) ?? initialWaiting(member, situation);
      return { state: { waiting }, lastState: terminatedOrEmpty(previous) };
    }
    case 'exited': {
      const waiting = final ? undefined : restartWaiting(member, view, situation);
      if (waiting) return { state: { waiting }, lastState: terminatedOrEmpty(view.last) };
      return { state: terminatedOrEmpty(view.last), lastState: terminatedOrEmpty(view.previous) };
    }
    default:
      return view satisfies never;
  }
}

const UNKNOWN_END = { exitCode: 137, reason: 'ContainerStatusUnknown', message: LOST_AT_END };

function running(container: ObservedContainer): State {
  const { state } = container;
  return { running: state.kind === 'running' ? { startedAt: apiTime(state.startedAtMs) } : {} };
}

function terminatedOrEmpty(ended: EndedAttempt | undefined): State {
  if (!ended) return {};
  const { exitCode, reason, message, startedAtMs, finishedAtMs, containerId } = ended;
  return {
    terminated: {
      exitCode,
      reason,
      ...(message ? { message: clip(message) } : {}),
      ...(startedAtMs === undefined ? {} : { startedAt: apiTime(startedAtMs) }),
      ...(finishedAtMs === undefined ? {} : { finishedAt: apiTime(finishedAtMs) }),
      ...(containerId ? { containerID: containerId } : {}),
    },
  };
}

function initialWaiting(member: Member, situation: Situation): Waiting {
  const { record } = situation;
  const problems = refusalsOf(situation, member);
  if (problems.length > 0 && !record.stopping) {
    return { reason: 'CreateContainerConfigError', message: clip(problems.join('; ')) };
  }
  const inits = podMembers(record.pod).some(({ kind }) => kind === 'init' || kind === 'sidecar');
  return { reason: inits ? 'PodInitializing' : 'ContainerCreating' };
}

/** Why a container that ended and will run again does not run yet; undefined: show its end. */
function restartWaiting(
  member: Member,
  view: Extract<ContainerView, { kind: 'exited' }>,
  situation: Situation,
): Waiting | undefined {
  const { record } = situation;
  if (record.stopping || mustEnd(situation) || isOver(situation)) return undefined;
  const decision = decideRestart(view, member, record.pod);
  if (decision.kind === 'leave') return undefined;
  if (decision.kind === 'wait') {
    const { name, namespace, uid } = record.pod.metadata;
    const message = `back-off ${goSeconds(decision.delayMs)} restarting failed container=${member.spec.name} pod=${name}_${namespace}(${uid})`;
    return { reason: 'CrashLoopBackOff', message };
  }
  // What we ended ourselves may never be said to have ended for good: a policy under which it would have is no way back.
  return (
    waitingReason(member.spec, situation) ??
    (isEndedToRestart(view.last) ? initialWaiting(member, situation) : undefined)
  );
}

/** What last went wrong. */
function waitingReason(spec: PodContainer, situation: Situation): Waiting | undefined {
  const failure = situation.failures.get(spec.name);
  const { pod } = situation.record;
  const keys = [...mountedImages(spec, pod), spec.name];
  const failed = keys.find((key) => situation.images.get(key)?.kind === 'failed') ?? '';
  const image = situation.images.get(failed);
  if (failure && (image?.kind !== 'failed' || failure.agoMs < image.agoMs)) {
    return { reason: failure.reason, message: clip(failure.message) };
  }
  if (image?.kind !== 'failed') return undefined;
  const { reason, message, agoMs } = image;
  if (!backsOff(reason) || agoMs < SHOW_PULL_ERROR_MS) return { reason, message: clip(message) };
  return {
    reason: 'ImagePullBackOff',
    message: clip(`Back-off pulling image "${wantedImage(pod, failed)?.image ?? ''}": ${reason}: ${message}`),
  };
}

/** Reasons of a pull that was tried; the others say the same each time. */
export function backsOff(reason: string): boolean {
  return reason === 'ErrImagePull' || reason === 'RegistryUnavailable';
}

type Attempt = Pick<EndedAttempt, 'attempt' | 'containerId' | 'container'>;

/** The newest there has been: what was made and not started yet may go as it came, and counts for nothing. */
function attemptOf(view: ContainerView): Attempt {
  switch (view.kind) {
    case 'absent':
      return { attempt: view.attempt, containerId: '', container: undefined };
    case 'created':
      return view.previous ?? { attempt: 0, containerId: '', container: undefined };
    case 'exited':
      return view.last;
    case 'starting':
    case 'running': {
      const { container } = view;
      return { attempt: container.identity.attempt, containerId: `docker://${container.id}`, container };
    }
    default:
      return view satisfies never;
  }
}

function imageName(
  spec: PodContainer,
  container: ObservedContainer | undefined,
  { imageNames }: ContainerStatusInput,
): string {
  const tag = container && imageNames(container.imageId)?.repoTags[0];
  return tag ?? spec.image ?? '';
}

function imageId(
  container: ObservedContainer | undefined,
  { imageNames }: ContainerStatusInput,
): string | undefined {
  if (!container) return undefined;
  const digest = imageNames(container.imageId)?.repoDigests[0];
  return digest ? `docker-pullable://${digest}` : `docker://${container.imageId}`;
}

function clip(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 1)}…` : text;
}
