// The command line of each process of a sandbox.
import { join } from 'node:path';
import type { ControlPlaneKind } from './control-plane-choice.ts';
import type { SandboxLayout, SandboxPorts } from './layout.ts';
import type { ProcessSpec } from './process.ts';

export const NODE_NAME = 'longshore';

export const NODE_CHOICES = ['one', 'per-agent'] as const;
export type NodeChoice = (typeof NODE_CHOICES)[number];

export function nodeNames(nodes: NodeChoice, agents: readonly string[]): string[] {
  return nodes === 'one' ? [NODE_NAME] : agents.map((agent) => `${NODE_NAME}-${agent}`);
}

const root = join(import.meta.dirname, '..');

export interface ControlPlaneSpecOptions {
  readonly kind: ControlPlaneKind;
  /** Where pods reach the API server; undefined: nowhere. */
  readonly podsReachIt: string | undefined;
  /** For the programs of a real one, each `PROGRAM:--NAME=VALUE`. */
  readonly flags: readonly string[];
}

export function controlPlaneSpec(
  layout: SandboxLayout,
  ports: SandboxPorts,
  { kind, podsReachIt, flags }: ControlPlaneSpecOptions,
): ProcessSpec {
  return {
    name: 'control-plane',
    logFile: layout.logFile('control-plane'),
    args: [
      join(root, 'sandbox', kind, 'main.ts'),
      ...['--dir', layout.controlPlane],
      ...['--listen', `127.0.0.1:${ports.api}`],
      ...(podsReachIt === undefined ? [] : ['--also-listen', podsReachIt]),
      ...flags.flatMap((flag) => ['--flag', flag]),
    ],
  };
}

export interface ControllerSpecOptions {
  readonly nodes: NodeChoice;
  /** The address at which pods reach the API server; undefined: none. */
  readonly podsReachApi?: string | undefined;
  /** Of which its agents get their pods' addresses; undefined: the controller's default. */
  readonly podRange?: string;
}

export function controllerSpec(
  layout: SandboxLayout,
  ports: SandboxPorts,
  { nodes, podsReachApi, podRange }: ControllerSpecOptions = { nodes: 'one' },
): ProcessSpec {
  return {
    name: 'controller',
    logFile: layout.logFile('controller'),
    args: [
      join(root, 'controller/main.ts'),
      'controller',
      ...['--kubeconfig', layout.kubeconfig],
      ...['--nodes', nodes],
      ...['--node-name', NODE_NAME],
      ...['--node-address', '127.0.0.1'],
      ...['--grpc-listen', `127.0.0.1:${ports.grpc}`],
      ...['--kubelet-listen', `127.0.0.1:${ports.kubelet}`],
      ...['--advertise-address', `127.0.0.1:${ports.grpc}`],
      ...(podsReachApi === undefined ? [] : ['--pod-api-server', `${podsReachApi}:${ports.api}`]),
      ...(podRange === undefined ? [] : ['--pod-cidr', podRange]),
      // The cluster is this machine, on which all agents are.
      '--pods-routable',
      '--no-mdns',
    ],
  };
}

export interface AgentSpecOptions {
  readonly dockerSocket: string;
  /** Such as `cpu=2,memory=2Gi`: several agents on one machine must not each offer all of it. */
  readonly capacity: string;
}

export function agentSpec(
  layout: SandboxLayout,
  ports: SandboxPorts,
  name: string,
  options: AgentSpecOptions,
): ProcessSpec {
  const own = layout.agent(name);
  return {
    name,
    logFile: layout.logFile(name),
    args: [
      join(root, 'agent/main.ts'),
      ...['--controller', `127.0.0.1:${ports.grpc}`],
      ...['--token-file', own.tokenFile],
      ...['--name', name],
      ...['--state-dir', own.state],
      ...['--docker-socket', options.dockerSocket],
      ...['--capacity', options.capacity],
    ],
  };
}
