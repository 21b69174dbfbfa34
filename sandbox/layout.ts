// Where a sandbox keeps its things, and the small state file that lets `up`, `status` and `down` find each other's work.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LongshoreError } from '../common/errors.ts';
import type { ControlPlaneKind } from './control-plane-choice.ts';
import { freePorts } from './free-ports.ts';
import type { ProcessRecord } from './process.ts';
import type { NodeChoice } from './specs.ts';

export interface SandboxState {
  /** Chosen at the first `up` and kept, so that whatever restarts comes back where it was. */
  readonly ports: SandboxPorts;
  readonly controlPlane: ControlPlaneKind;
  readonly nodes: NodeChoice;
  readonly processes: readonly ProcessRecord[];
}

export interface SandboxPorts {
  readonly api: number;
  readonly grpc: number;
  readonly kubelet: number;
  readonly metrics: number;
}

export interface SandboxLayout {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly controlPlane: string;
  readonly stateFile: string;
  logFile(process: string): string;
  agent(name: string): { readonly dir: string; readonly state: string; readonly tokenFile: string };
}

export function sandboxLayout(folder: string): SandboxLayout {
  const dir = resolve(folder);
  return {
    dir,
    kubeconfig: join(dir, 'kubeconfig'),
    controlPlane: join(dir, 'control-plane'),
    stateFile: join(dir, 'sandbox.json'),
    logFile: (name) => join(dir, 'logs', `${name}.log`),
    agent: (name) => {
      const own = join(dir, 'agents', name);
      return { dir: own, state: join(own, 'state'), tokenFile: join(own, 'token') };
    },
  };
}

export function agentNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `agent-${index + 1}`);
}

export function createFolders(layout: SandboxLayout, agents: readonly string[]): void {
  for (const folder of [
    layout.dir,
    join(layout.dir, 'logs'),
    ...agents.map((name) => layout.agent(name).dir),
  ]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** Undefined when there is no sandbox in that folder. */
export function readState(layout: SandboxLayout): SandboxState | undefined {
  let text: string;
  try {
    text = readFileSync(layout.stateFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LongshoreError('precondition', `cannot read ${layout.stateFile}`, { cause: error });
  }
  try {
    return JSON.parse(text) as SandboxState;
  } catch (error) {
    throw new LongshoreError('invalid', `${layout.stateFile} is damaged; remove ${layout.dir} by hand`, {
      cause: error,
    });
  }
}

export function writeState(layout: SandboxLayout, state: SandboxState): void {
  writeFileSync(`${layout.stateFile}.tmp`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${layout.stateFile}.tmp`, layout.stateFile);
}

export async function choosePorts(): Promise<SandboxPorts> {
  const [api = 0, grpc = 0, kubelet = 0, metrics = 0] = await freePorts(4);
  return { api, grpc, kubelet, metrics };
}
