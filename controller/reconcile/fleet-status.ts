// What operators see of the fleet: status, agents and pods, put together from memory when they ask.
import { VERSION } from '../../common/version.ts';
import type { AgentInfo } from '../../proto/gen/longshore/v1/AgentInfo.ts';
import type { FleetStatus } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import { nodeReady } from '../model/node-object.ts';
import type { Load } from '../model/placement/load.ts';
import { isSchedulable } from '../model/placement/placement-agent.ts';
import { add, formatResources, NO_RESOURCES } from '../model/placement/resources.ts';
import { readPlacement } from '../model/placement-record.ts';
import { podLine } from '../model/pod-display.ts';
import type { AgentRegistry, FleetAgent } from './agent-registry.ts';
import type { FleetView } from './fleet-view.ts';
import type { NodeSource } from './node-sink.ts';
import type { PodController } from './pod-controller.ts';
import type { PodEntry } from './pod-entry.ts';

export interface FleetStatusOptions {
  readonly nodeName: string;
  readonly startedAtMs: number;
  /** The leader's term. */
  readonly epoch: () => number;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'entries' | 'requestedOf' | 'load'>;
  readonly node: NodeSource;
}

export function createFleetView(options: FleetStatusOptions): FleetView {
  const { registry, pods } = options;
  return {
    status: () => status(options),
    agents() {
      return registry
        .agents()
        .map((agent) => agentInfo(agent, { registry, load: pods.load }))
        .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
    },
    pods: ({ agent, namespace }) =>
      pods
        .entries()
        .flatMap(podInfo)
        .filter((pod) => (!agent || pod.agent === agent) && (!namespace || pod.namespace === namespace))
        .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1)),
  };
}

function status({ nodeName, startedAtMs, epoch, registry, pods, node }: FleetStatusOptions): FleetStatus {
  const agents = registry.agents();
  const fleet = node.fleet();
  const lines = pods.entries().flatMap(podInfo);
  const phases: Record<string, number> = {};
  for (const { phase = '' } of lines) phases[phase] = (phases[phase] ?? 0) + 1;
  const schedulable = agents.filter(isSchedulable);
  const offered = schedulable.reduce((sum, { allocatable }) => add(sum, allocatable), NO_RESOURCES);
  return {
    nodeName,
    nodeReady: fleet !== undefined && nodeReady(fleet),
    controllerVersion: VERSION,
    epoch: epoch(),
    startedAtMs,
    agentsTotal: agents.length,
    agentsReady: agents.filter(({ ready }) => ready).length,
    agentsSchedulable: schedulable.length,
    allocatable: formatResources(offered),
    requested: formatResources(pods.requestedOf(nodeName)),
    podsByPhase: phases,
    waiting: lines
      .filter(({ waitingReason }) => waitingReason)
      .map(({ namespace, name, waitingReason }) => ({ namespace, name, reason: waitingReason })),
  };
}

function agentInfo(
  agent: FleetAgent,
  context: { readonly registry: AgentRegistry; readonly load: Load },
): AgentInfo {
  const entry = context.registry.get(agent.uid);
  const shown = entry?.status ?? entry?.object?.status ?? {};
  const { occupants, requests } = context.load.on(agent.uid);
  const created = Date.parse(entry?.object?.metadata.creationTimestamp ?? '') || 0;
  return {
    name: agent.name,
    uid: agent.uid,
    ready: agent.ready,
    reason: notReadyReason(agent, shown.conditions?.find(({ type }) => type === 'Ready')?.reason),
    unschedulable: agent.cordoned,
    labels: { ...entry?.object?.spec.labels },
    os: shown.os ?? '',
    arch: shown.arch ?? '',
    agentVersion: shown.agentVersion ?? '',
    engineVersion: shown.engineVersion ?? '',
    addresses: [...(shown.addresses ?? [])],
    allocatable: formatResources(agent.allocatable),
    requested: formatResources(requests),
    pods: occupants.size,
    lastSeenMs: (entry && context.registry.lastHeardMs(entry)) ?? (Date.parse(shown.lastSeen ?? '') || 0),
    joinedAtMs: created,
  };
}

function notReadyReason(agent: FleetAgent, shown: string | undefined): string {
  if (agent.ready) return agent.connected ? '' : 'reconnecting';
  return shown ?? 'has not connected yet';
}

function podInfo({ pod, placement, decision }: Readonly<PodEntry>): PodInfo[] {
  if (!pod) return [];
  const { namespace, name, uid, creationTimestamp } = pod.metadata;
  const record = readPlacement(pod.status);
  const judged = decision?.outcome.kind === 'waiting' ? decision.outcome.summary : undefined;
  const recorded = record.kind === 'waiting' || record.kind === 'unreadable' ? record.message : '';
  const line = podLine(pod);
  const info: PodInfo = {
    namespace,
    name,
    uid,
    phase: pod.status?.phase ?? 'Pending',
    status: line.status,
    containers: line.containers,
    containersReady: line.ready,
    restarts: line.restarts,
    agent: placement?.agent ?? '',
    waitingReason: placement ? '' : (judged ?? recorded),
    createdAtMs: Date.parse(creationTimestamp ?? '') || 0,
  };
  return [info];
}
