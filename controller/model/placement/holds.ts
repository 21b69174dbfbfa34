// Room kept free on an agent for a pod that cannot start there yet. Only pods behind it in the queue are held off.
import { type Pod, podKey } from '../../../common/pod.ts';
import { type HostPort, hostPorts, takenPort } from './host-ports.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { comparePlacementOrder } from './queue-order.ts';
import { NO_RESOURCES, podRequests, type Resources, sum } from './resources.ts';

export interface RoomAsked {
  readonly agent: PlacementAgent;
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
  /** By the pods that are there. */
  readonly used: Resources;
}

export interface Holds {
  /** In place of what the pod held before. */
  keep(pod: Pod, agentUid: string): void;
  release(podUid: string): void;
  readonly size: number;
  /** Some pod has room kept on this agent. */
  isHeld(agentUid: string): boolean;
  /** What is kept there for pods before this one. */
  keptFrom(pod: Pod, agentUid: string): Resources;
  /** The pod, `namespace/name`, that would lose room which is kept for it; undefined: none. */
  inTheWay(pod: Pod, asked: RoomAsked): string | undefined;
}

interface Hold {
  readonly pod: Pod;
  readonly agentUid: string;
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
}

const NONE: readonly Hold[] = [];

export function createHolds(): Holds {
  const holds = new Map<string, Hold>();
  /** By agent UID. */
  const byAgent = new Map<string, Set<Hold>>();

  const release = (podUid: string) => {
    const hold = holds.get(podUid);
    const there = hold && byAgent.get(hold.agentUid);
    if (!there) return;
    holds.delete(podUid);
    there.delete(hold);
    if (there.size === 0) byAgent.delete(hold.agentUid);
  };

  const holdsBefore = (pod: Pod, agentUid: string): readonly Hold[] => {
    const there = byAgent.get(agentUid);
    return there ? [...there].filter((hold) => comparePlacementOrder(hold.pod, pod) < 0) : NONE;
  };

  return {
    get size() {
      return holds.size;
    },
    keep(pod, agentUid) {
      release(pod.metadata.uid);
      const hold = { pod, agentUid, requests: podRequests(pod), ports: hostPorts(pod) };
      holds.set(pod.metadata.uid, hold);
      byAgent.set(agentUid, (byAgent.get(agentUid) ?? new Set()).add(hold));
    },
    release,
    isHeld: (agentUid) => byAgent.has(agentUid),
    keptFrom(pod, agentUid) {
      const before = holdsBefore(pod, agentUid);
      return before.length === 0 ? NO_RESOURCES : sum(before.map(({ requests }) => requests));
    },
    inTheWay(pod, { agent, requests, ports, used }) {
      const before = holdsBefore(pod, agent.uid);
      const [first] = before;
      if (!first) return undefined;
      const kept = sum(before.map((hold) => hold.requests));
      const isShort = [...requests].some(([name, asked]) => {
        const free = (agent.allocatable.get(name) ?? 0n) - (used.get(name) ?? 0n) - (kept.get(name) ?? 0n);
        return asked > 0n && asked > free;
      });
      const isBusy = takenPort(
        ports,
        before.flatMap((hold) => hold.ports),
      );
      return isShort || isBusy ? podKey(first.pod) : undefined;
    },
  };
}
