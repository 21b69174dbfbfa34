// What already sits on each agent. A Load is built once per round of placements and grows with each decision.
import type { Pod } from '../../../common/pod.ts';
import { type HostPort, hostPorts } from './host-ports.ts';
import { add, NO_RESOURCES, podRequests, type Resources } from './resources.ts';

/** A pod that occupies an agent: placed there, not ended, or not yet confirmed gone. */
export interface PlacedPod {
  readonly pod: Pod;
  readonly agentUid: string;
}

export interface AgentLoad {
  readonly pods: readonly Pod[];
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
}

export interface Load {
  on(agentUid: string): AgentLoad;
  add(placed: PlacedPod): void;
}

interface GrowingLoad {
  readonly pods: Pod[];
  readonly requests: Map<string, bigint>;
  readonly ports: HostPort[];
}

const IDLE: AgentLoad = { pods: [], requests: NO_RESOURCES, ports: [] };

export function createLoad(placed: Iterable<PlacedPod> = []): Load {
  const agents = new Map<string, GrowingLoad>();
  const load: Load = {
    on: (agentUid) => agents.get(agentUid) ?? IDLE,
    add({ pod, agentUid }) {
      const agent: GrowingLoad = agents.get(agentUid) ?? { pods: [], requests: new Map(), ports: [] };
      agents.set(agentUid, agent);
      agent.pods.push(pod);
      agent.ports.push(...hostPorts(pod));
      for (const [name, value] of podRequests(pod)) {
        agent.requests.set(name, (agent.requests.get(name) ?? 0n) + value);
      }
    },
  };
  for (const one of placed) load.add(one);
  return load;
}

export function totalRequests(pods: Iterable<Pod>): Resources {
  let total = NO_RESOURCES;
  for (const pod of pods) total = add(total, podRequests(pod));
  return total;
}
