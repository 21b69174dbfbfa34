// Room kept free on an agent for a pod that cannot start there yet. Only pods behind it in the queue are held off.
import { type Pod, podKey } from '../../../common/pod.ts';
import { type HostPort, hostPorts, takenPort } from './host-ports.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { comparePlacementOrder } from './queue-order.ts';
import { podRequests, type Resources } from './resources.ts';

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
  /** The pod, `namespace/name`, that would lose room which is kept for it; undefined: none. */
  inTheWay(pod: Pod, asked: RoomAsked): string | undefined;
}

interface Hold {
  readonly pod: Pod;
  readonly agentUid: string;
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
}

export function createHolds(): Holds {
  const holds = new Map<string, Hold>();
  return {
    get size() {
      return holds.size;
    },
    keep(pod, agentUid) {
      holds.set(pod.metadata.uid, { pod, agentUid, requests: podRequests(pod), ports: hostPorts(pod) });
    },
    release(podUid) {
      holds.delete(podUid);
    },
    isHeld: (agentUid) => [...holds.values()].some((hold) => hold.agentUid === agentUid),
    inTheWay(pod, { agent, requests, ports, used }) {
      if (holds.size === 0) return undefined;
      const before = [...holds.values()].filter(
        (hold) => hold.agentUid === agent.uid && comparePlacementOrder(hold.pod, pod) < 0,
      );
      const [first] = before;
      if (!first) return undefined;
      const kept = (name: string) => before.reduce((sum, hold) => sum + (hold.requests.get(name) ?? 0n), 0n);
      const isShort = [...requests].some(
        ([name, asked]) =>
          asked > 0n && asked > (agent.allocatable.get(name) ?? 0n) - (used.get(name) ?? 0n) - kept(name),
      );
      const isBusy = takenPort(
        ports,
        before.flatMap((hold) => hold.ports),
      );
      return isShort || isBusy ? podKey(first.pod) : undefined;
    },
  };
}
