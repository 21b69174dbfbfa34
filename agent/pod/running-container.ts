// The container in which a command can run or whose terminal can be joined: of any kind, as long as it runs.
import { containerStatuses, type PodStatus } from '../../common/pod.ts';

/** Its id in Docker; undefined when no container of this name runs. */
export function runningContainer(status: PodStatus | undefined, name: string): string | undefined {
  const found = containerStatuses(status).find((candidate) => candidate.name === name);
  if (!found?.state?.running || !found.containerID?.startsWith('docker://')) return undefined;
  return found.containerID.slice('docker://'.length);
}
