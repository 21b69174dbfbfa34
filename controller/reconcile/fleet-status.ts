// What operators see of the fleet: status, agents and pods, put together from memory when they ask.
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { VERSION } from '../../common/version.ts';
import type { FleetStatus } from '../../proto/gen/longshore/v1/FleetStatus.ts';
import type { PodInfo } from '../../proto/gen/longshore/v1/PodInfo.ts';
import type { WaitingPod } from '../../proto/gen/longshore/v1/WaitingPod.ts';
import { nodeReady } from '../model/node-object.ts';
import { type AgentRequirement, matchesAgent } from '../model/placement/agent-selector.ts';
import { isSchedulable } from '../model/placement/placement-agent.ts';
import { formatResources, sum } from '../model/placement/resources.ts';
import { agentDetails } from './agent-details.ts';
import { agentHealth } from './agent-health.ts';
import { agentInfo } from './agent-info.ts';
import { openAgentLog } from './agent-log.ts';
import type { AgentRegistry, FleetAgent } from './agent-registry.ts';
import { fleetImages } from './fleet-images.ts';
import type { FleetView, PodFilter } from './fleet-view.ts';
import { pullOnAgents } from './image-pulls.ts';
import type { NodeSource } from './node-sink.ts';
import type { PodController } from './pod-controller.ts';
import type { PodEntry } from './pod-entry.ts';
import { podExplanation } from './pod-explanation.ts';
import { podInfo, waitingReason } from './pod-info.ts';
import { podUse } from './pod-use.ts';
import type { StatsBook } from './stats-book.ts';

export interface FleetStatusOptions {
  readonly clock: Clock;
  /** Of one node, or what the names of all begin with. */
  readonly nodeName: string;
  readonly startedAtMs: number;
  /** The leader's term. */
  readonly epoch: () => number;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'entries' | 'entriesOn' | 'explain' | 'requestedOf' | 'load'>;
  readonly node: NodeSource;
  readonly stats: Pick<StatsBook, 'look' | 'of'>;
}

export function createFleetView(options: FleetStatusOptions): FleetView {
  const { registry, pods, stats, clock } = options;
  return {
    status: () => status(options),
    agents(wanted) {
      return registry
        .selected(wanted)
        .map((agent) => agentInfo(agent, { registry, load: pods.load }))
        .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
    },
    agent: (name) => agentDetails(name, options),
    openAgentLog: (wish, signal) => openAgentLog(registry, wish, signal),
    selected: (requirements) => selected(registry, requirements).map(({ name }) => name),
    images: (requirements) => fleetImages(registry, registry.selected(requirements)),
    pullImage({ agents: requirements, ...wish }, pulled, signal) {
      const agents = selected(registry, requirements).map(({ name, uid }) => {
        return { name, link: registry.link(uid) };
      });
      return pullOnAgents(wish, { agents, pulled, clock }, signal);
    },
    health: () => agentHealth(registry),
    explain: (pod) => podExplanation(pod, options),
    pods: (filter) => listedPods(pods.entries(), filter).map(({ info }) => info),
    async measuredPods(filter) {
      await stats.look({ nodeName: undefined, rates: true });
      const use = podUse({ registry, stats });
      return listedPods(pods.entries(), filter).map(({ entry, info }) => ({ ...info, used: use(entry) }));
    },
  };
}

interface ListedPod {
  readonly entry: Readonly<PodEntry>;
  readonly info: PodInfo;
}

/** By namespace and name. */
function listedPods(
  entries: readonly Readonly<PodEntry>[],
  { agent, namespace, labels }: PodFilter,
): ListedPod[] {
  const order = ({ info }: ListedPod) => `${info.namespace}/${info.name}`;
  return entries
    .filter(({ pod }) => matchesAgent(labels, pod?.metadata.labels ?? {}, []))
    .flatMap((entry) => podInfo(entry).map((info) => ({ entry, info })))
    .filter(({ info }) => (!agent || info.agent === agent) && (!namespace || info.namespace === namespace))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function selected(registry: AgentRegistry, requirements: readonly AgentRequirement[]): FleetAgent[] {
  const agents = registry.selected(requirements).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (agents.length > 0) return agents;
  throw new LongshoreError('not-found', 'no agent has the labels that are asked for');
}

function status({ nodeName, startedAtMs, epoch, registry, pods, node }: FleetStatusOptions): FleetStatus {
  const agents = registry.agents();
  const fleet = node.fleet();
  const phases: Record<string, number> = {};
  const waiting: WaitingPod[] = [];
  for (const entry of pods.entries()) {
    if (!entry.pod) continue;
    const { phase = 'Pending' } = entry.pod.status ?? {};
    phases[phase] = (phases[phase] ?? 0) + 1;
    const reason = waitingReason(entry);
    const { namespace, name } = entry.pod.metadata;
    if (reason !== '') waiting.push({ namespace, name, reason });
  }
  const schedulable = agents.filter(isSchedulable);
  const offered = sum(schedulable.map(({ allocatable }) => allocatable));
  return {
    nodeName,
    nodeReady: fleet !== undefined && nodeReady(fleet),
    controllerVersion: VERSION,
    epoch: epoch(),
    startedAtMs,
    agentsTotal: agents.length,
    agentsReady: agents.filter(({ ready }) => ready).length,
    agentsSchedulable: schedulable.length,
    agentsResting: agents.filter(({ ready, resting }) => ready && resting).length,
    allocatable: formatResources(offered),
    requested: formatResources(pods.requestedOf(undefined)),
    podsByPhase: phases,
    waiting,
  };
}
