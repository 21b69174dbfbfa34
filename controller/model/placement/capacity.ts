// The virtual node's honest capacity: what is free on agents that take pods, plus what every bound, unended pod asks
// for. The scheduler charges exactly those pods, so what it believes free is what is free.
import type { Pod } from '../../../common/pod.ts';
import { type Load, totalRequests } from './load.ts';
import type { PlacementAgent } from './place.ts';
import { add, largest, NO_RESOURCES, type Resources, subtract } from './resources.ts';

export interface CapacityInput {
  readonly agents: readonly (PlacementAgent & { readonly capacity: Resources })[];
  readonly placed: Load;
  /** Bound to the node and not ended: waiting and terminating ones too. */
  readonly bound: readonly Pod[];
}

export function nodeCapacity(input: CapacityInput): {
  readonly capacity: Resources;
  readonly allocatable: Resources;
} {
  const { agents, placed, bound } = input;
  const free = agents
    .filter(isSchedulable)
    .reduce(
      (sum, agent) => add(sum, subtract(agent.allocatable, placed.on(agent.uid).requests)),
      NO_RESOURCES,
    );
  // A resource that only pods ask for is one no agent has: the node shall not seem to have it.
  const offered = new Set(agents.flatMap(({ allocatable }) => [...allocatable.keys()]));
  const requested = [...totalRequests(bound)].filter(([name]) => offered.has(name));
  const allocatable = add(free, new Map(requested));
  const installed = agents
    .filter(({ ready }) => ready)
    .reduce((sum, { capacity }) => add(sum, capacity), NO_RESOURCES);
  return { allocatable, capacity: largest(installed, allocatable) };
}

/** Whether new pods may go there at all; a short break of the connection does not change that. */
export function isSchedulable(agent: PlacementAgent): boolean {
  return agent.ready && !agent.cordoned && !agent.leaving;
}
