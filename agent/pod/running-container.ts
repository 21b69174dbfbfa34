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

/** The ids of those that have ended, as far as the status remembers them. */
export function endedContainers(status: PodStatus | undefined): string[] {
  return containerStatuses(status).flatMap(({ state, lastState }) =>
    [state, lastState].flatMap((one) => ownId(one?.terminated?.containerID) ?? []),
  );
}

export interface RunningContainer {
  readonly name: string;
  readonly id: string;
  readonly startedAtMs: number;
}

/** All that run, with their names and since when they do. */
export function namedRunningContainers(status: PodStatus | undefined): RunningContainer[] {
  return containerStatuses(status).flatMap((container) => {
    const id = runningId(container);
    const startedAtMs = Date.parse(container.state?.running?.startedAt ?? '');
    return id === undefined || Number.isNaN(startedAtMs) ? [] : [{ name: container.name, id, startedAtMs }];
  });
}

function runningId({ state, containerID }: ContainerStatus): string | undefined {
  return state?.running && ownId(containerID);
}

function ownId(containerID: string | undefined): string | undefined {
  return containerID?.startsWith(PREFIX) ? containerID.slice(PREFIX.length) : undefined;
}

const PREFIX = 'docker://';
