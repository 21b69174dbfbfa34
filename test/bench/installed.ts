// A sandbox's controller and agent as they are installed: bundled, with the flags that the image and the installer give
// Node.js, in place of the sandbox's own, which run from the sources.
import { join } from 'node:path';
import { readState, type SandboxState } from '../../sandbox/layout.ts';
import { agentSpec, controllerSpec } from '../../sandbox/specs.ts';
import { bundle, PROGRAMS } from '../../scripts/bundle.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { startSandbox, type TestSandbox } from '../kit/sandbox.ts';
import { controllerNodeFlags, type NodeProcess, startNode } from './process-memory.ts';

/** The sandbox's one agent. */
export const AGENT = 'agent-1';

export interface InstalledSandbox {
  readonly sandbox: TestSandbox;
  readonly controller: NodeProcess;
  readonly agent: NodeProcess;
}

/** All of it ends with the stack. */
export async function startInstalled(held: AsyncDisposableStack): Promise<InstalledSandbox> {
  const bundles = [await bundleOf('controller/main.ts'), await bundleOf('agent/main.ts')] as const;
  await ensureBusyboxImage();
  const sandbox = held.use(await startSandbox({ agents: 1 }));
  await sandbox.kill(AGENT);
  await sandbox.kill('controller');
  const controller = held.use(startInstalledController(sandbox, bundles[0]));
  await eventually(() => sandbox.longshore(['status']), { what: 'the controller', timeoutMs: 60_000 });
  const agent = held.use(startInstalledAgent(sandbox, bundles[1]));
  await hasSession(agent);
  return { sandbox, controller, agent };
}

/** Resolves with the bundle's path. */
export async function bundleOf(entry: 'agent/main.ts' | 'controller/main.ts'): Promise<string> {
  const program = PROGRAMS.find((candidate) => candidate.entry === entry);
  if (!program) throw new Error(`${entry} is not among the programs`);
  return (await bundle(program, join(import.meta.dirname, '../../dist'))).path;
}

/** The sandbox's own is not running any more. */
export function startInstalledAgent(sandbox: TestSandbox, bundled: string): NodeProcess {
  const options = { dockerSocket: '/var/run/docker.sock', capacity: 'cpu=2,memory=1Gi' };
  const [, ...args] = agentSpec(sandbox.layout, stateOf(sandbox).ports, AGENT, options).args;
  return startNode([bundled, ...args]);
}

export async function hasSession(agent: NodeProcess): Promise<void> {
  await eventually(() => agent.log.includes('snapshot complete'), { what: "the bundled agent's session" });
}

/** The sandbox's own is not running any more; `flags` are added to its. */
export function startInstalledController(
  sandbox: TestSandbox,
  bundled: string,
  flags: readonly string[] = [],
): NodeProcess {
  const [, ...args] = controllerSpec(sandbox.layout, stateOf(sandbox).ports).args;
  return startNode([bundled, ...args, ...flags], controllerNodeFlags());
}

function stateOf({ layout }: TestSandbox): SandboxState {
  const state = readState(layout);
  if (!state) throw new Error('the sandbox has no state');
  return state;
}
