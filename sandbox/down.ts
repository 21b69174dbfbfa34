// `longshore sandbox down`: stops the sandbox's processes, removes the containers of its agents (and of nobody else:
// they carry the agent's UID as a label) and then its folder, in that order, so that an interrupted `down` can go on.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { AGENT_UID_LABEL } from '../agent/pod/labels.ts';
import { removeExports } from '../agent/runtime/docker-image-export.ts';
import { memoryFolderOf } from '../agent/volumes/memory-folder.ts';
import { systemMounter } from '../agent/volumes/mounter.ts';
import { removeFolders } from '../agent/volumes/tear-down.ts';
import { LongshoreError } from '../common/errors.ts';
import { readState, type SandboxLayout } from './layout.ts';
import { isAlive, stopProcess } from './process.ts';
import { leftChildren } from './real/children.ts';
import type { SandboxTools } from './up.ts';

export interface DownOptions {
  readonly dockerSocket: string;
}

/** Resolves to false when there was no sandbox. */
export async function sandboxDown(
  layout: SandboxLayout,
  options: DownOptions,
  { clock, progress }: SandboxTools,
): Promise<boolean> {
  const state = readState(layout);
  if (!state) return false;
  const running = state.processes.filter(isAlive);
  await progress.step(`stop ${running.length} processes`, async () => {
    await Promise.all(running.map((record) => stopProcess(record, 10_000, clock)));
    // Left only where the control plane's supervisor was killed.
    for (const record of leftChildren(layout.controlPlane)) await stopProcess(record, 10_000, clock);
  });
  await progress.step('remove the containers of its agents', async () => {
    const docker = new Docker({ socketPath: options.dockerSocket });
    for (const { uid } of joinedAgents(layout)) await removeContainers(docker, uid);
  });
  await progress.step('take their volumes away', async () => {
    const agents = joinedAgents(layout);
    const folders = agents.flatMap(({ uid, state }) => [memoryFolderOf(uid), join(state, 'volumes')]);
    await removeFolders(folders, systemMounter);
  });
  rmSync(layout.dir, { recursive: true, force: true });
  return true;
}

/** The agents that have joined, as their own state folders say. */
export function joinedAgents(layout: SandboxLayout): { readonly uid: string; readonly state: string }[] {
  const names = readState(layout)?.processes.map(({ name }) => name) ?? [];
  return names.flatMap((name) => {
    const { state } = layout.agent(name);
    try {
      const { joined } = JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8'));
      return typeof joined?.uid === 'string' ? [{ uid: joined.uid, state }] : [];
    } catch {
      return [];
    }
  });
}

async function removeContainers(docker: Docker, agentUid: string): Promise<void> {
  const filters = { label: [`${AGENT_UID_LABEL}=${agentUid}`] };
  try {
    const containers = await docker.listContainers({ all: true, filters });
    await Promise.all(containers.map(({ Id }) => removeContainer(docker.getContainer(Id))));
    await removeExports({ prompt: docker }, agentUid);
    const networks = await docker.listNetworks({ filters });
    await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove().catch(unlessStatus(404))));
  } catch (error) {
    throw new LongshoreError(
      'unavailable',
      'cannot remove the containers of its agents: see to it that Docker runs (or name its socket with --docker-socket) and run this again',
      { cause: error },
    );
  }
}

/** What an agent asked for last, Docker may still be doing: then its end is waited for. */
async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 409) return unlessStatus(404)(error);
    await container.wait({ condition: 'removed' }).catch(unlessStatus(404));
  }
}

function unlessStatus(allowed: number): (error: unknown) => void {
  return (error) => {
    if ((error as { statusCode?: number }).statusCode !== allowed) throw error;
  };
}
