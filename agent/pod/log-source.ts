// Which of a container's attempts a log request means, in the kubelet's words when there is none.
import { type ContainerStatus, containerStatuses, type PodStatus } from '../../common/pod.ts';

export type LogSource =
  /** `live`: it runs, so there is something to follow. */
  | { readonly kind: 'container'; readonly id: string; readonly live: boolean }
  | { readonly kind: 'bad-request'; readonly message: string };

export interface LogQuestion {
  readonly podName: string;
  readonly container: string;
  readonly previous: boolean;
}

/** Of a container that the pod has. */
export function logSource(status: PodStatus | undefined, question: LogQuestion): LogSource {
  const { podName, container, previous } = question;
  const where = `container "${container}" in pod "${podName}"`;
  const found = containerStatuses(status).find(({ name }) => name === container);
  if (!found) return refused(`${where} is not available`);
  const { state, lastState } = found;
  const last = lastState?.terminated?.containerID;
  if (previous) return source(last) ?? refused(`previous terminated ${where} not found`);
  const live = state?.running !== undefined;
  const current = live ? found.containerID : state?.terminated?.containerID || last;
  return source(current, live) ?? refused(`${where} ${why(found)}`);
}

function why({ state, lastState }: ContainerStatus): string {
  if (state?.terminated || lastState?.terminated) return 'is terminated';
  if (!state?.waiting) return 'is waiting to start - no logs yet';
  const { reason } = state.waiting;
  if (reason === 'ErrImagePull') return "is waiting to start: image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'is waiting to start: trying and failing to pull image';
  return `is waiting to start: ${reason}`;
}

function source(containerId: string | undefined, live = false): LogSource | undefined {
  return containerId?.startsWith('docker://')
    ? { kind: 'container', id: containerId.slice('docker://'.length), live }
    : undefined;
}

function refused(message: string): LogSource {
  return { kind: 'bad-request', message };
}
