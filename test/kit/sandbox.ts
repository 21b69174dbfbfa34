// A sandbox of the test's own: real processes, a temporary folder, taken down again whatever happened. Tests talk to it
// with the real kubectl.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { systemClock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { CONTROL_PLANE_CHOICES, type ControlPlaneChoice } from '../../sandbox/control-plane-choice.ts';
import { sandboxDown } from '../../sandbox/down.ts';
import { readState, type SandboxLayout, sandboxLayout, writeState } from '../../sandbox/layout.ts';
import { runLongshore } from '../../sandbox/longshore-command.ts';
import {
  isAlive,
  type ProcessRecord,
  type ProcessSpec,
  startProcess,
  stopProcess,
} from '../../sandbox/process.ts';
import { agentSpec, type NodeChoice } from '../../sandbox/specs.ts';
import { type SandboxTools, sandboxUp } from '../../sandbox/up.ts';
import type { CommandResult } from './command.ts';
import { eventually } from './eventually.ts';
import { followKubectl, kubectlFor } from './kubectl.ts';
import type { LonelyNetwork } from './lonely-network.ts';

const DOCKER_SOCKET = '/var/run/docker.sock';
/** How long a process may take to end in an orderly way. */
const STOP_MS = 10_000;

const tools: SandboxTools = { clock: systemClock, progress: { step: (_what, work) => work() } };

export interface TestSandbox extends AsyncDisposable {
  readonly layout: SandboxLayout;
  readonly kubeconfig: string;
  /** Runs kubectl; rejects when it fails, with what it said. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Runs kubectl and tells how it ended. */
  tryKubectl(args: readonly string[], input?: string): Promise<CommandResult>;
  /** A kubectl that goes on running. */
  followKubectl(args: readonly string[]): ReturnType<typeof followKubectl>;
  longshore(args: readonly string[]): Promise<string>;
  pod(name: string, namespace?: string): Promise<Pod>;
  /** Undefined when the API server has no such pod. */
  findPod(name: string, namespace?: string): Promise<Pod | undefined>;
  /** SIGKILL; resolves when the process is gone. */
  kill(process: string): Promise<void>;
  /** Starts again whatever was killed; resolves when all is ready. */
  up(): Promise<void>;
  /** Ends a process as a service manager does, and starts it with more flags. */
  restart(process: string, flags: readonly string[]): Promise<void>;
  /** Starts a killed agent alone, whatever else is down, with more flags if that is wished. */
  startAgent(name: string, flags?: readonly string[]): void;
  /** Kills an agent and starts it there; resolves when it has a session from there. The network has to outlive the sandbox. */
  moveAgent(name: string, network: LonelyNetwork): Promise<void>;
  /** Where agents reach the controller. */
  readonly controller: { readonly host: string; readonly port: number };
  readonly kubeletPort: number;
  log(process: string): string;
}

export interface TestSandboxOptions {
  readonly agents: number;
  /** Default: the one under test. */
  readonly controlPlane?: ControlPlaneChoice;
  /** Default: one for all agents. */
  readonly nodes?: NodeChoice;
  /** Flags for the programs of a real control plane, each `PROGRAM:--NAME=VALUE`. */
  readonly controlPlaneFlags?: readonly string[];
  readonly metricsServer?: boolean;
  readonly capacity?: string;
  /** Default: the machine's own Docker. */
  readonly dockerSocket?: string;
}

export async function startSandbox(options: TestSandboxOptions): Promise<TestSandbox> {
  const { dockerSocket = DOCKER_SOCKET } = options;
  const folder = mkdtempSync(join(tmpdir(), 'longshore-e2e-'));
  const layout = sandboxLayout(folder);
  const upOptions = {
    controlPlane: options.controlPlane ?? controlPlaneUnderTest(),
    controlPlaneFlags: options.controlPlaneFlags ?? [],
    nodes: options.nodes ?? 'one',
    metricsServer: options.metricsServer ?? false,
    agents: options.agents,
    capacity: options.capacity ?? 'cpu=2,memory=1Gi',
    dockerSocket,
    timeoutMs: 90_000,
  };
  const down = async () => {
    await sandboxDown(layout, { dockerSocket }, tools);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await sandboxUp(layout, upOptions, tools);
  } catch (error) {
    await down();
    throw error;
  }
  const state = () => {
    const found = readState(layout);
    if (!found) throw new Error('the sandbox is down');
    return found;
  };
  const launch = (spec: ProcessSpec) => {
    const { processes, ...rest } = state();
    const others = processes.filter(({ name }) => name !== spec.name);
    writeState(layout, { ...rest, processes: [...others, startProcess(spec)] });
  };
  const start = (name: string, change: (args: readonly string[]) => readonly string[]) => {
    const spec = agentSpec(layout, state().ports, name, upOptions);
    launch({ ...spec, args: change(spec.args) });
  };
  const handle = sandboxHandle(layout);
  return {
    ...handle,
    up: () => sandboxUp(layout, upOptions, tools),
    async restart(name, flags) {
      const record = processRecord(layout, name);
      const [, ...args] = readFileSync(`/proc/${record.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      await stopProcess(record, STOP_MS, systemClock);
      launch({ name, logFile: record.logFile, args: [...args, ...flags] });
    },
    startAgent: (name, flags = []) => start(name, (args) => [...args, ...flags]),
    controller: { host: '127.0.0.1', port: state().ports.grpc },
    kubeletPort: state().ports.kubelet,
    async moveAgent(name, { entrance, wayOut, address }) {
      await handle.kill(name);
      start(name, (args) => [...entrance, ...args, '--controller', wayOut]);
      await eventually(
        async () => {
          const { status } = JSON.parse(await handle.kubectl(['get', 'agent', name, '-o', 'json']));
          return status.addresses?.includes(address);
        },
        { what: `${name} at ${address}` },
      );
    },
    [Symbol.asyncDispose]: down,
  };
}

/** The built-in one unless LONGSHORE_TEST_CONTROL_PLANE says otherwise: a test must not depend on what a machine has. */
export function controlPlaneUnderTest() {
  const named = process.env['LONGSHORE_TEST_CONTROL_PLANE'] || 'builtin';
  const choice = CONTROL_PLANE_CHOICES.find((candidate) => candidate === named);
  if (!choice)
    throw new Error(`LONGSHORE_TEST_CONTROL_PLANE is ${named}: give ${CONTROL_PLANE_CHOICES.join(', ')}`);
  return choice;
}

function sandboxHandle(
  layout: SandboxLayout,
): Omit<
  TestSandbox,
  'up' | 'restart' | 'startAgent' | 'moveAgent' | 'controller' | 'kubeletPort' | typeof Symbol.asyncDispose
> {
  const tryKubectl = kubectlFor(layout.kubeconfig);
  const kubectl = async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await tryKubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  };
  const findPod = async (name: string, namespace = 'default') => {
    const out = await kubectl(['get', 'pod', name, '-n', namespace, '--ignore-not-found', '-o', 'json']);
    return out.trim() === '' ? undefined : (JSON.parse(out) as Pod);
  };
  return {
    layout,
    kubeconfig: layout.kubeconfig,
    kubectl,
    tryKubectl,
    followKubectl: (args) => followKubectl(layout.kubeconfig, args),
    findPod,
    longshore: (args) => runLongshore(layout, args),
    async pod(name, namespace) {
      const pod = await findPod(name, namespace);
      if (!pod) throw new Error(`there is no pod ${name}`);
      return pod;
    },
    async kill(name) {
      const record = processRecord(layout, name);
      process.kill(record.pid, 'SIGKILL');
      await eventually(() => !isAlive(record), { what: `the end of ${name}` });
    },
    log: (name) => readFileSync(layout.logFile(name), 'utf8'),
  };
}

/** Docker's containers of a pod, whoever runs them: id and state of each, sorted. */
export async function containersOfPod(uid: string): Promise<string[]> {
  const filters = { label: [`io.kubernetes.pod.uid=${uid}`] };
  const list = await new Docker({ socketPath: DOCKER_SOCKET }).listContainers({ all: true, filters });
  return list.map(({ Id, State }) => `${Id.slice(0, 12)} ${State}`).sort();
}

/** Of a process of the sandbox that runs, or ran. */
export function processRecord(layout: SandboxLayout, name: string): ProcessRecord {
  const record = readState(layout)?.processes.find((candidate) => candidate.name === name);
  if (!record) throw new Error(`the sandbox has no process ${name}`);
  return record;
}
