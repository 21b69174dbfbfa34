// What an agent of the sandbox leaves in Docker: its containers and networks, and of nobody else's any (they carry the
// agent's UID as a label).
import type Docker from 'dockerode';
import { AGENT_UID_LABEL } from '../agent/pod/labels.ts';
import { removeExports } from '../agent/runtime/docker-image-export.ts';
import { removeOwnNetworks } from '../agent/runtime/pod-network.ts';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';

/** Docker may count what has left a network for a moment longer. */
const NETWORK_PATIENCE_MS = 5000;
const LOOK_MS = 250;

/** Resolves with what stays, a line for each. */
export async function removeRemains(
  docker: Docker,
  agentUid: string,
  clock: Clock,
): Promise<readonly string[]> {
  try {
    await removeContainers(docker, agentUid);
    await removeExports({ prompt: docker }, agentUid);
    const networks = await removeNetworks(docker, agentUid, clock);
    return networks.map(
      (name) =>
        `network ${name} stays: Docker says that it has active endpoints; if none of your containers is on it, restart Docker, then: docker network rm ${name}`,
    );
  } catch (error) {
    throw new LongshoreError(
      'unavailable',
      'cannot remove the containers of its agents: see to it that Docker runs (or name its socket with --docker-socket) and run this again',
      { cause: error },
    );
  }
}

async function removeContainers(docker: Docker, agentUid: string): Promise<void> {
  const filters = { label: [`${AGENT_UID_LABEL}=${agentUid}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(containers.map(({ Id }) => removeContainer(docker.getContainer(Id))));
}

/** What an agent asked for last, Docker may still be doing: then its end is waited for. */
async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 409) return unlessGone(error);
    await container.wait({ condition: 'removed' }).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** Resolves with the names of those that stay. */
async function removeNetworks(docker: Docker, agentUid: string, clock: Clock): Promise<readonly string[]> {
  const sinceMs = clock.monotonicMs();
  for (;;) {
    const left = await removeOwnNetworks({ prompt: docker }, agentUid);
    if (left.length === 0 || clock.monotonicMs() - sinceMs >= NETWORK_PATIENCE_MS) return left;
    await clock.sleep(LOOK_MS);
  }
}
