// `longshore sandbox status`: which processes run, and whether the node and its agents are Ready.
import type { SandboxLayout } from './layout.ts';
import { readState } from './layout.ts';
import { observeAgents, observeNodesReady } from './observe.ts';
import { isAlive } from './process.ts';
import { nodeNames } from './specs.ts';

export interface SandboxStatus {
  readonly dir: string;
  readonly kubeconfig: string;
  readonly processes: readonly {
    readonly name: string;
    readonly pid: number;
    readonly running: boolean;
    readonly logFile: string;
  }[];
  /** Of every one; undefined when the API server does not answer or one is not registered. */
  readonly nodeReady: boolean | undefined;
  readonly agentsReady: number;
}

/** Undefined when there is no sandbox. */
export async function sandboxStatus(layout: SandboxLayout): Promise<SandboxStatus | undefined> {
  const state = readState(layout);
  if (!state) return undefined;
  const agents = await observeAgents(layout.kubeconfig).catch(() => []);
  const names = nodeNames(
    state.nodes,
    agents.map(({ name }) => name),
  );
  const nodeReady = await observeNodesReady(layout.kubeconfig, names).catch(() => undefined);
  return {
    dir: layout.dir,
    kubeconfig: layout.kubeconfig,
    processes: state.processes.map((record) => ({
      name: record.name,
      pid: record.pid,
      running: isAlive(record),
      logFile: record.logFile,
    })),
    nodeReady,
    agentsReady: agents.filter(({ ready }) => ready).length,
  };
}

export function formatSandboxStatus(status: SandboxStatus): string {
  const width = Math.max(...status.processes.map(({ name }) => name.length));
  const rows = status.processes.map(
    ({ name, pid, running, logFile }) =>
      `  ${name.padEnd(width)}  ${running ? `running (pid ${pid})` : 'stopped'}  ${logFile}`,
  );
  const node = status.nodeReady === undefined ? 'unknown' : status.nodeReady ? 'Ready' : 'NotReady';
  return [`Sandbox in ${status.dir}`, ...rows, `Node: ${node}, agents ready: ${status.agentsReady}`].join(
    '\n',
  );
}

export function isHealthy(status: SandboxStatus): boolean {
  return status.nodeReady === true && status.processes.every(({ running }) => running);
}
