// The containers of a pod that run, of any kind: in which a command can run or whose terminal can be joined.
import { type ContainerStatus, containerStatuses, type PodStatus } from '../../common/pod.ts';

/** Its id in Docker; undefined when no container of this name runs. */
export function runningContainer(status: PodStatus | undefined, name: string): string | undefined {
  const found = containerStatuses(status).find((candidate) => candidate.name === name);
  return found && runningId(found);
}

/** The ids of all that run. */
export function runningContainers(status: PodStatus | undefined): string[] {
  return containerStatuses(status).flatMap((container) => runningId(container) ?? []);
}

function runningId({ state, containerID }: ContainerStatus): string | undefined {
  const isOurs = state?.running && containerID?.startsWith(PREFIX);
  return isOurs ? containerID?.slice(PREFIX.length) : undefined;
}

const PREFIX = 'docker://';
