// `longshore sandbox down`: stops the sandbox's processes, removes the containers of its agents and then its folder, in that
// order, so that an interrupted `down` can go on.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { memoryFolderOf } from '../agent/volumes/memory-folder.ts';
import { systemMounter } from '../agent/volumes/mounter.ts';
import { removeFolders } from '../agent/volumes/tear-down.ts';
import { removeRemains } from './agent-remains.ts';
import { readState, type SandboxLayout } from './layout.ts';
import { isAlive, stopProcess } from './process.ts';
import { leftChildren } from './real/children.ts';
import type { SandboxTools } from './up.ts';

export interface DownOptions {
  readonly dockerSocket: string;
}

export interface Downed {
  /** What could not be removed, a line for each. */
  readonly left: readonly string[];
}

/** Undefined when there was no sandbox. */
export async function sandboxDown(
  layout: SandboxLayout,
  options: DownOptions,
  { clock, progress }: SandboxTools,
): Promise<Downed | undefined> {
  const state = readState(layout);
  if (!state) return undefined;
  const running = state.processes.filter(isAlive);
  await progress.step(`stop ${running.length} processes`, async () => {
    await Promise.all(running.map((record) => stopProcess(record, 10_000, clock)));
    // Left only where the control plane's supervisor was killed.
    for (const record of leftChildren(layout.controlPlane)) await stopProcess(record, 10_000, clock);
  });
  const left = await progress.step('remove the containers of its agents', async () => {
    const docker = new Docker({ socketPath: options.dockerSocket });
    const remains = joinedAgents(layout).map(({ uid }) => removeRemains(docker, uid, clock));
    return (await Promise.all(remains)).flat();
  });
  await progress.step('take their volumes away', async () => {
    const agents = joinedAgents(layout);
    const folders = agents.flatMap(({ uid, state }) => [memoryFolderOf(uid), join(state, 'volumes')]);
    await removeFolders(folders, systemMounter);
  });
  rmSync(layout.dir, { recursive: true, force: true });
  return { left };
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
