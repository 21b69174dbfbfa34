// The virtual node's honest capacity: what is free on agents that take pods, plus what every bound, unended pod asks
// for. The scheduler charges exactly those pods, so what it believes free is what is free.
import type { Load } from './load.ts';
import { isSchedulable, type PlacementAgent } from './placement-agent.ts';
import { add, largest, type Resources, subtract, sum } from './resources.ts';

export interface CapacityInput {
  readonly agents: readonly (PlacementAgent & { readonly capacity: Resources })[];
  readonly placed: Load;
  /** Of all pods bound to the node that have not ended: waiting and terminating ones too. */
  readonly requested: Resources;
}

export function nodeCapacity(input: CapacityInput): {
  readonly capacity: Resources;
  readonly allocatable: Resources;
} {
  const { agents, placed } = input;
  const free = sum(
    agents.filter(isSchedulable).map((agent) => subtract(agent.allocatable, placed.on(agent.uid).requests)),
  );
  // A resource that only pods ask for is one no agent has: the node shall not seem to have it.
  const offered = new Set(agents.flatMap(({ allocatable }) => [...allocatable.keys()]));
  const requested = [...input.requested].filter(([name]) => offered.has(name));
  const allocatable = add(free, new Map(requested));
  const installed = sum(agents.filter(({ ready }) => ready).map(({ capacity }) => capacity));
  return { allocatable, capacity: largest(installed, allocatable) };
}
