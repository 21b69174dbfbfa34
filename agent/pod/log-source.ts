// Which of a container's attempts a log request means, in the kubelet's words when there is none.
import { containerStatuses, type PodStatus } from '../../common/pod.ts';

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
  if (!found) return { kind: 'bad-request', message: `${where} is not available` };
  const { state, lastState } = found;
  const last = lastState?.terminated;
  if (previous) {
    return (
      source(last?.containerID, false) ?? {
        kind: 'bad-request',
        message: `previous terminated container "${container}" in pod "${podName}" not found`,
      }
    );
  }
  const current = state?.running ? found.containerID : (state?.terminated ?? last)?.containerID;
  const here = source(current, state?.running !== undefined);
  if (here) return here;
  return {
    kind: 'bad-request',
    message: `${where} ${why(state?.waiting?.reason, state?.terminated !== undefined)}`,
  };
}

function why(waiting: string | undefined, terminated: boolean): string {
  if (terminated) return 'is terminated';
  if (waiting === undefined) return 'is not available';
  if (waiting === 'ErrImagePull') return 'is waiting to start: trying and failing to pull image';
  if (waiting === 'ImagePullBackOff') return "is waiting to start: image can't be pulled";
  return `is waiting to start: ${waiting}`;
}

function source(containerId: string | undefined, live: boolean): LogSource | undefined {
  return containerId?.startsWith('docker://')
    ? { kind: 'container', id: containerId.slice('docker://'.length), live }
    : undefined;
}
