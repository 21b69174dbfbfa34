// What the virtual node shows of the fleet, summed up from memory whenever it is asked for.

import type { NodeFleet } from '../model/node-object.ts';
import { nodeCapacity } from '../model/placement/capacity.ts';
import { isSchedulable } from '../model/placement/placement-agent.ts';
import { formatResources } from '../model/placement/resources.ts';
import type { AgentRegistry } from './agent-registry.ts';
import type { NodeSource } from './node-sink.ts';
import type { PodController } from './pod-controller.ts';

export interface NodeSourceOptions {
  readonly nodeName: string;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'started' | 'requestedOf' | 'load'>;
}

export function createNodeSource({ nodeName, registry, pods }: NodeSourceOptions): NodeSource {
  return {
    fleet: (): NodeFleet | undefined => {
      if (!pods.started) return undefined;
      const agents = registry.agentsOf(nodeName);
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

/** One value for many machines, chosen so that it does not depend on who connected last. */
function oldestEngine(registry: AgentRegistry): string {
  const versions = [...registry.entries()].flatMap(({ object, status }) => {
    const version = (status ?? object?.status)?.engineVersion;
    return object && version ? [version] : [];
  });
  const [oldest = ''] = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return oldest;
}
