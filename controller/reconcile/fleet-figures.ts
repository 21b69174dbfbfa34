// The fleet and its pods in numbers, for whoever measures them: put together from memory when asked.
import type { Milli } from '../../common/quantity.ts';
import type { Resources } from '../model/placement/resources.ts';
import type { AgentRegistry, FleetAgent } from './agent-registry.ts';
import type { PodController } from './pod-controller.ts';
import type { PodEntry } from './pod-entry.ts';

/** `away`: silent, and not for long enough to be lost. */
export type AgentState = 'ready' | 'resting' | 'cordoned' | 'leaving' | 'notReady' | 'away' | 'lost';

export interface AgentFigures {
  readonly name: string;
  readonly state: AgentState;
  /** A session is open. */
  readonly connected: boolean;
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  readonly engineVersion: string;
  readonly pods: number;
  /** By resource, in its own unit. */
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  /** By the machine as a whole; undefined: not told. */
  readonly used: { readonly cpuCores: number; readonly memoryBytes: number } | undefined;
  readonly clockAheadSeconds: number | undefined;
  /** Unix seconds; undefined: it has shown none. */
  readonly certificateExpiresSeconds: number | undefined;
}

export type Amounts = Readonly<Record<'cpu' | 'memory' | 'pods' | 'ephemeral-storage', number>>;

export interface PodFigures {
  readonly phase: string;
  readonly agentState: AgentState | 'none';
  /** The rules that keep it off agents while it waits for one. */
  readonly waitsFor: readonly string[];
  /** By what its containers do. */
  readonly containers: Readonly<Record<'running' | 'exited' | 'waiting', number>>;
}

export interface FleetFigures {
  readonly agents: readonly AgentFigures[];
  readonly pods: readonly PodFigures[];
}

/** What this node shows. */
export function fleetFigures(
  nodeName: string,
  parts: { readonly registry: AgentRegistry; readonly pods: Pick<PodController, 'entries' | 'load'> },
): FleetFigures {
  const { registry, pods } = parts;
  const agents = registry.agentsOf(nodeName);
  const states = new Map(agents.map((agent) => [agent.uid, stateOf(agent)]));
  return {
    agents: agents.map((agent) => agentFigures(agent, parts)),
    pods: pods.entries().flatMap((entry) => {
      if (entry.pod?.spec.nodeName !== nodeName) return [];
      const { placement } = entry;
      // An agent whose object is gone will not be heard of again.
      const agentState = placement ? (states.get(placement.agentUid) ?? 'lost') : 'none';
      return [podFigures(entry, agentState)];
    }),
  };
}

function stateOf(agent: FleetAgent): AgentState {
  if (agent.leaving) return 'leaving';
  if (!agent.ready) return agent.connected ? 'notReady' : 'lost';
  if (!agent.connected) return 'away';
  if (agent.cordoned) return 'cordoned';
  return agent.resting ? 'resting' : 'ready';
}

function agentFigures(
  agent: FleetAgent,
  { registry, pods }: { readonly registry: AgentRegistry; readonly pods: Pick<PodController, 'load'> },
): AgentFigures {
  const entry = registry.get(agent.uid);
  const status = entry?.status ?? entry?.object?.status ?? {};
  const { agentVersion = '', os = '', arch = '', engineVersion = '', certificateExpires = '' } = status;
  const { occupants, requests } = pods.load.on(agent.uid);
  const used = agent.connected ? entry?.used : undefined;
  const clockAheadMs = agent.connected ? entry?.clockAheadMs : undefined;
  return {
    name: agent.name,
    state: stateOf(agent),
    connected: agent.connected,
    ...{ version: agentVersion, os, arch, engineVersion, pods: occupants.size },
    allocatable: amounts(agent.allocatable),
    requested: amounts(requests),
    used: used && { cpuCores: used.cpuMilli / 1000, memoryBytes: used.memoryBytes },
    clockAheadSeconds: clockAheadMs === undefined ? undefined : clockAheadMs / 1000,
    certificateExpiresSeconds: seconds(certificateExpires),
  };
}

function podFigures({ pod, decision }: Readonly<PodEntry>, agentState: PodFigures['agentState']): PodFigures {
  const { status = {} } = pod ?? {};
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const states = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].map(
    ({ state }) => state ?? {},
  );
  const waiting = decision?.outcome.kind === 'waiting' ? decision.outcome : undefined;
  return {
    phase: status.phase ?? 'Pending',
    agentState,
    waitsFor: agentState === 'none' && waiting ? waiting.rules : [],
    containers: {
      running: states.filter(({ running }) => running).length,
      exited: states.filter(({ terminated }) => terminated).length,
      waiting: states.filter(({ running, terminated }) => !running && !terminated).length,
    },
  };
}

function amounts(resources: Resources): Amounts {
  const amount = (name: string) => inUnits(resources.get(name) ?? 0n);
  return {
    cpu: amount('cpu'),
    memory: amount('memory'),
    pods: amount('pods'),
    'ephemeral-storage': amount('ephemeral-storage'),
  };
}

function seconds(time: string): number | undefined {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function inUnits(milli: Milli): number {
  return Number(milli) / 1000;
}
