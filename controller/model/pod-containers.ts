// The container statuses in a pod's status: what a report may change about them.
import type { V1Container } from '@kubernetes/client-node';
import type { ContainerStatus, Json } from '../../common/pod.ts';
import { cutToSeconds } from './timestamp.ts';

type ContainerSpec = Pick<Json<V1Container>, 'name'> & {
  readonly image?: string;
  readonly restartPolicy?: string;
};

export interface MergeContext {
  readonly specs: readonly ContainerSpec[];
  /** The API says the pod has ended. */
  readonly ended: boolean;
  /** The pod's restartPolicy. */
  readonly policy: string;
  /** Whatever a container's own policy, it may start anew with all the others. */
  readonly restartsAll: boolean;
}

/** All messages of a pod's containers together, in characters. */
const MAX_MESSAGES = 12 * 1024;

/** The list as it shall be: the report's entries for containers of the spec, never behind what the API shows. */
export function mergeContainers(
  context: MergeContext,
  known: readonly ContainerStatus[] | undefined,
  reported: readonly ContainerStatus[] | undefined,
): ContainerStatus[] | undefined {
  if (!reported) return known?.slice();
  const names = new Set(context.specs.map(({ name }) => name));
  const maxMessage = Math.floor(MAX_MESSAGES / Math.max(1, names.size));
  const accepted = reported
    .filter(({ name }, index) => names.has(name) && reported.findIndex((one) => one.name === name) === index)
    .map((status) => {
      const previous = known?.find(({ name }) => name === status.name);
      return previous && isStepBack(context, previous, status)
        ? previous
        : newer(status, previous, maxMessage);
    });
  const silent =
    known?.filter(({ name }) => names.has(name) && !accepted.some((one) => one.name === name)) ?? [];
  return [...accepted, ...silent];
}

/** For a pod that is gone: every container has an end, unknown ones as a kubelet words it. */
export function unknownExits(
  specs: readonly ContainerSpec[],
  statuses: readonly ContainerStatus[],
): ContainerStatus[] {
  return specs.map((spec) => {
    const status = statuses.find(({ name }) => name === spec.name);
    if (status?.state?.terminated) return status;
    return {
      image: spec.image ?? '',
      imageID: '',
      restartCount: 0,
      ...status,
      name: spec.name,
      ready: false,
      started: false,
      state: {
        terminated: {
          exitCode: 137,
          reason: 'ContainerStatusUnknown',
          message: 'The container could not be located when the pod was terminated',
        },
      },
    };
  });
}

/** An ended container that will not be restarted cannot be anything else again. */
function isStepBack(context: MergeContext, previous: ContainerStatus, status: ContainerStatus): boolean {
  if (status.state?.terminated) return false;
  if (context.ended) return true;
  const exit = previous.state?.terminated;
  const spec = context.specs.find(({ name }) => name === status.name);
  if (!exit || spec?.restartPolicy || context.restartsAll) return false;
  return context.policy === 'Never' || (context.policy === 'OnFailure' && exit.exitCode === 0);
}

function newer(
  status: ContainerStatus,
  previous: ContainerStatus | undefined,
  maxMessage: number,
): ContainerStatus {
  return {
    ...status,
    restartCount: Math.max(status.restartCount, previous?.restartCount ?? 0),
    state: boundState(status.state, maxMessage),
    lastState: boundState(status.lastState, maxMessage),
  };
}

function boundState(state: ContainerStatus['state'], maxMessage: number): ContainerStatus['state'] {
  const { waiting, running, terminated } = state ?? {};
  if (waiting) return { waiting: { ...waiting, message: waiting.message?.slice(0, maxMessage) } };
  if (running) return { running: { ...running, startedAt: cutToSeconds(running.startedAt) } };
  if (!terminated) return {};
  return {
    terminated: {
      ...terminated,
      message: terminated.message?.slice(0, maxMessage),
      startedAt: cutToSeconds(terminated.startedAt),
      finishedAt: cutToSeconds(terminated.finishedAt),
    },
  };
}
