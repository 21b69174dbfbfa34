// What a virtual node shows of the agents behind it, from memory whenever it is asked for.
import type { AgentStatus } from '../model/agent.ts';
import { type GuestCondition, isGuestCondition } from '../model/guest/guest-conditions.ts';
import { nodeImages } from '../model/held-images.ts';
import type { NodeFleet, Pressure } from '../model/node-object.ts';
import { nodeCapacity } from '../model/placement/capacity.ts';
import { isSchedulable } from '../model/placement/placement-agent.ts';
import { formatResources } from '../model/placement/resources.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { NodeSource } from './node-sink.ts';
import type { PodController } from './pod-controller.ts';

export interface NodeSourceOptions {
  /** Undefined: of all nodes together. */
  readonly nodeName: string | undefined;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'started' | 'requestedOf' | 'load'>;
}

export function createNodeSource({ nodeName, registry, pods }: NodeSourceOptions): NodeSource {
  return {
    fleet: (): NodeFleet | undefined => {
      if (!pods.started) return undefined;
      const agents = nodeName === undefined ? registry.agents() : registry.agentsOf(nodeName);
      const placed = pods.load;
      const requested = pods.requestedOf(nodeName);
      const { capacity, allocatable } = nodeCapacity({ agents, placed, requested });
      const presence = agents.filter(isSchedulable).flatMap((agent) => Object.keys(agent.presence));
      return {
        agentsTotal: agents.length,
        agentsReady: agents.filter(({ ready }) => ready).length,
        presence: [...new Set(presence)].sort(),
        capacity: formatResources(capacity),
        allocatable: formatResources(allocatable),
        engineVersion: oldestEngine(registry),
      };
    },
  };
}

/** The node of one agent: what the machine has, whoever uses it. While the agent is lost there is nothing to say. */
export function createAgentNodeSource({
  nodeName,
  registry,
  pods,
}: NodeSourceOptions & { readonly nodeName: string }): NodeSource {
  return {
    fleet: (): NodeFleet | undefined => {
      const [agent] = registry.agentsOf(nodeName);
      const entry = agent && registry.get(agent.uid);
      if (!pods.started || !entry || !registry.isReady(entry)) return undefined;
      const status = entry.status ?? entry.object?.status ?? {};
      return {
        agentsTotal: 1,
        agentsReady: agent.ready ? 1 : 0,
        problem: 'container runtime is down',
        presence: Object.keys(agent.presence).sort(),
        capacity: formatResources(agent.capacity),
        allocatable: formatResources(agent.allocatable),
        engineVersion: status.engineVersion ?? '',
        pressures: pressuresOf(status),
        guest: guestOf(status),
        ...(entry.images && { images: nodeImages(entry.images.held) }),
      };
    },
  };
}

function pressuresOf({ conditions = [] }: AgentStatus): Pressure[] {
  const kinds: readonly Pressure[] = ['MemoryPressure', 'DiskPressure'];
  return kinds.filter((kind) => conditions.some(({ type, status }) => type === kind && status === 'True'));
}

function guestOf({ conditions = [] }: AgentStatus): GuestCondition[] {
  return conditions.filter(isGuestCondition).map(({ lastTransitionTime: _, ...condition }) => condition);
}

/** One value for many machines, chosen so that it does not depend on who connected last. */
function oldestEngine(registry: AgentRegistry): string {
  const versions = new Set<string>();
  for (const { object, status } of registry.entries()) {
    const version = (status ?? object?.status)?.engineVersion;
    if (object && version) versions.add(version);
  }
  const [oldest = ''] = [...versions].sort(byVersion.compare);
  return oldest;
}

const byVersion = new Intl.Collator('en', { numeric: true });
