// What sits on one agent, counted pod by pod.
import type { HostPort } from './host-ports.ts';
import type { PlacedPod } from './placed-pod.ts';
import type { PodGroup } from './pod-group.ts';
import { priorityOf } from './queue-order.ts';
import { charge, type Resources } from './resources.ts';

/** A placed pod with what it takes up. */
export interface Occupant extends PlacedPod {
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
  readonly group: PodGroup;
}

export interface AgentLoad {
  /** By UID. */
  readonly occupants: ReadonlyMap<string, Occupant>;
  readonly requests: Resources;
  /** Of the pods of each priority, the lowest first. */
  readonly requestsByPriority: ReadonlyMap<number, Resources>;
}

export interface GrowingAgentLoad extends AgentLoad {
  readonly occupants: Map<string, Occupant>;
  readonly requests: Map<string, bigint>;
  readonly requestsByPriority: Map<number, Map<string, bigint>>;
}

export const IDLE: AgentLoad = { occupants: new Map(), requests: new Map(), requestsByPriority: new Map() };

export function copyOf({ occupants, requests, requestsByPriority }: AgentLoad): GrowingAgentLoad {
  return {
    occupants: new Map(occupants),
    requests: new Map(requests),
    requestsByPriority: new Map([...requestsByPriority].map(([priority, sum]) => [priority, new Map(sum)])),
  };
}

export function putOn(load: GrowingAgentLoad, occupant: Occupant): void {
  load.occupants.set(occupant.pod.metadata.uid, occupant);
  chargeTo(load, occupant, 1n);
}

export function takeOff(load: GrowingAgentLoad, occupant: Occupant): void {
  if (load.occupants.delete(occupant.pod.metadata.uid)) chargeTo(load, occupant, -1n);
}

function chargeTo(
  { requests, requestsByPriority }: GrowingAgentLoad,
  occupant: Occupant,
  by: 1n | -1n,
): void {
  const priority = priorityOf(occupant.pod);
  if (!requestsByPriority.has(priority)) addPriority(requestsByPriority, priority);
  const alike = requestsByPriority.get(priority) ?? new Map();
  charge(requests, occupant.requests, by);
  charge(alike, occupant.requests, by);
  if (alike.size === 0) requestsByPriority.delete(priority);
}

/** The higher ones move behind it. */
function addPriority(requestsByPriority: GrowingAgentLoad['requestsByPriority'], priority: number): void {
  const higher = [...requestsByPriority].filter(([other]) => other > priority);
  requestsByPriority.set(priority, new Map());
  for (const [other, sum] of higher) {
    requestsByPriority.delete(other);
    requestsByPriority.set(other, sum);
  }
}
