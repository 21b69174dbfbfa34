// A whole agent without a machine: it joins, holds a session over real gRPC and TLS, and obeys; its pods are simulated.
import { join } from '../../../agent/link/join.ts';
import { createLink, type Link } from '../../../agent/link/link.ts';
import { type MembershipStore, mayJoinAnew, openMembership } from '../../../agent/link/membership.ts';
import { systemClock as clock } from '../../../common/clock.ts';
import { parseJoinToken } from '../../../common/join-token.ts';
import type { Log } from '../../../common/log.ts';
import type { Wire } from '../../../proto/wire.ts';
import { SimulatedObjects } from './simulated-objects.ts';
import { type SimulatedPod, SimulatedPods } from './simulated-pods.ts';

export interface SimulatedAgentOptions {
  readonly name: string;
  readonly controller: string;
  /** Where it joins, if that is another way to the controller. */
  readonly joinAt?: string;
  readonly token: string;
  readonly wire: Wire;
  readonly log: Log;
  readonly store: MembershipStore;
  readonly capacity?: Readonly<Record<string, string>>;
  readonly pods?: ReadonlyMap<string, SimulatedPod>;
  readonly changed?: (pods: ReadonlyMap<string, SimulatedPod>) => void;
}

export interface SimulatedAgent {
  readonly pods: SimulatedPods;
  readonly connected: boolean;
  /** Holds sessions until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const CAPACITY = { cpu: '4', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' };

/** Resolves once it has joined; it dials when it is run. */
export async function joinSimulatedAgent(
  options: SimulatedAgentOptions,
  signal: AbortSignal,
): Promise<SimulatedAgent> {
  const { name, controller, wire, log } = options;
  const { capacity = CAPACITY } = options;
  const machine = { hostname: name, os: 'linux', arch: 'amd64' };
  const membership = await openMembership(options.store);
  const token = parseJoinToken(options.token);
  if (mayJoinAnew(membership.record, token)) await membership.startAnew();
  if (!membership.record.joined) {
    await join(
      { wire, membership, clock },
      { address: options.joinAt ?? controller, token, name, ...machine },
      signal,
    );
  }
  const pods = new SimulatedPods({
    uplink: () => link,
    now: () => clock.now(),
    ...(options.pods && { pods: options.pods }),
    ...(options.changed && { changed: options.changed }),
  });
  const link: Link = createLink({
    ...{ wire, membership, clock, log, host: pods, streams: {}, objects: new SimulatedObjects() },
    facts: () => ({ ...machine, capacity, allocatable: capacity, engineVersion: 'simulated' }),
    bootId: `boot-${name}`,
    agentVersion: '0.1.0',
    locate: async () => controller,
  });
  return {
    pods,
    get connected() {
      return link.state().kind === 'connected';
    },
    run: (until) => link.run(until),
  };
}
