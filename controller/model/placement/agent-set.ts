// The agents of one look at the fleet, found by UID too.
import type { PlacementAgent } from './placement-agent.ts';

export interface AgentSet {
  readonly all: readonly PlacementAgent[];
  get(uid: string): PlacementAgent | undefined;
}

export function agentSet(agents: readonly PlacementAgent[]): AgentSet {
  const byUid = new Map(agents.map((agent) => [agent.uid, agent]));
  return { all: agents, get: (uid) => byUid.get(uid) };
}
