// The agents of one look at the fleet, found by UID too.
import type { PlacementAgent } from './placement-agent.ts';

export interface AgentSet {
  readonly all: readonly PlacementAgent[];
  get(uid: string): PlacementAgent | undefined;
  /** How many of them hold an image, by its whole name. */
  holders(image: string): number;
}

export function agentSet(agents: readonly PlacementAgent[]): AgentSet {
  const byUid = new Map(agents.map((agent) => [agent.uid, agent]));
  const counted = new Map<string, number>();
  return {
    all: agents,
    get: (uid) => byUid.get(uid),
    holders(image) {
      const known = counted.get(image) ?? agents.filter(({ images }) => images?.has(image)).length;
      counted.set(image, known);
      return known;
    },
  };
}
