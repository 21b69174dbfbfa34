// An agent as placement sees it.
import type { Resting } from '../guest/guest-conditions.ts';
import type { HeldImages } from './image-locality.ts';
import type { Resources } from './resources.ts';
import type { Taint } from './taints.ts';

export interface PlacementAgent {
  readonly name: string;
  readonly uid: string;
  /** A session is up. */
  readonly connected: boolean;
  readonly ready: boolean;
  readonly cordoned: boolean;
  /** The machine is its owner's just now; undefined: it is not. */
  readonly resting?: Resting | undefined;
  /** The Agent object is being deleted. */
  readonly leaving: boolean;
  /** See `agentLabels`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly allocatable: Resources;
  /** Undefined: it has not told. */
  readonly images?: HeldImages | undefined;
}

/** Whether new pods may go there at all; a short break of the connection does not change that. */
export function isSchedulable(agent: PlacementAgent): boolean {
  return agent.ready && !agent.cordoned && !agent.leaving && !agent.resting;
}
