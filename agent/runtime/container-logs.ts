// Opens a container's log by its id alone: asks Docker first whether it has a terminal and whether it still runs.
import { LongshoreError } from '../../common/errors.ts';
import type { DockerClients } from './docker.ts';
import { openContainerLogs } from './logs.ts';
import type { OpenContainerLogs } from './pod-manager.ts';

export function createContainerLogs({ prompt, patient }: DockerClients): OpenContainerLogs {
  return async ({ containerId, ...options }, signal) => {
    const { Config, State } = await inspect(prompt, containerId);
    return openContainerLogs(
      patient,
      { ...options, containerId, tty: Config.Tty, live: State.Running },
      signal,
    );
  };
}

async function inspect(docker: DockerClients['prompt'], containerId: string) {
  try {
    return await docker.getContainer(containerId).inspect();
  } catch (cause) {
    if ((cause as { statusCode?: number }).statusCode === 404) {
      throw new LongshoreError('not-found', `Docker has no container ${containerId.slice(0, 12)} any more`, {
        cause,
      });
    }
    throw new LongshoreError(
      'unavailable',
      'Docker on the agent does not answer; its log cannot be read now',
      { cause },
    );
  }
}
