// The events that a change of status means by itself: backoffs, refusals, deadlines. What a step did is told by the
// step. Who writes them down with the status loses none: the change is seen once.
import { type ContainerStatus, containerStatuses, type Pod, type PodStatus } from '../../common/pod.ts';
import { DEADLINE_MESSAGE } from './pod-status.ts';
import { resizeEvents } from './resize-events.ts';

export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** Undefined: about the pod as a whole. */
  readonly container?: string;
}

export function statusEvents(pod: Pod, before: PodStatus | undefined, after: PodStatus): readonly PodEvent[] {
  const deadline = after.reason === 'DeadlineExceeded' && before?.reason !== 'DeadlineExceeded';
  return [
    ...containerStatuses(after).flatMap((status) =>
      containerEvents(
        pod,
        containerStatuses(before).find(({ name }) => name === status.name),
        status,
      ),
    ),
    ...resizeEvents(pod, before, after),
    ...(deadline ? [{ type: 'Normal' as const, reason: 'DeadlineExceeded', message: DEADLINE_MESSAGE }] : []),
  ];
}

function containerEvents(
  pod: Pod,
  before: ContainerStatus | undefined,
  after: ContainerStatus,
): readonly PodEvent[] {
  const waiting = after.state?.waiting;
  if (!waiting) return [];
  const known = before?.state?.waiting?.reason === waiting.reason;
  const sameAttempt = before?.restartCount === after.restartCount;
  const { name, namespace, uid } = pod.metadata;
  const container = after.name;
  switch (waiting.reason) {
    case 'CrashLoopBackOff': {
      if (known && sameAttempt) return [];
      const message = `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
      return [{ type: 'Warning', reason: 'BackOff', message, container }];
    }
    case 'ImagePullBackOff':
      if (known) return [];
      return [
        { type: 'Normal', reason: 'BackOff', message: backingOff(waiting.message ?? ''), container },
        { type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff', container },
      ];
    case 'CreateContainerConfigError':
      if (known && before?.state?.waiting?.message === waiting.message) return [];
      return [{ type: 'Warning', reason: 'Failed', message: `Error: ${waiting.message ?? ''}`, container }];
    default:
      return [];
  }
}

/** Without the reason for it: the image is the container's or one of a volume. */
function backingOff(message: string): string {
  return /^Back-off pulling image "[^"]*"/.exec(message)?.[0] ?? message;
}
