// Whether the pods that sit on the agents leave room for one more: ports, resources, and what pods want of each other.
import type { Pod } from '../../../common/pod.ts';
import type { AgentLoad, Occupant } from './agent-load.ts';
import type { AgentSet } from './agent-set.ts';
import type { Holds } from './holds.ts';
import { type HostPort, hostPorts, takenPort } from './host-ports.ts';
import type { Occupancy } from './load.ts';
import type { MachineFit } from './machine-fit.ts';
import { forRoom, type Obstacle } from './obstacle.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { type PodAffinity, podAffinity } from './pod-affinity.ts';
import { type NamespaceLabels, podTerms } from './pod-terms.ts';
import { podRequests, type Resources } from './resources.ts';
import { type TopologySpread, topologySpread } from './topology-spread.ts';

export interface RoomFitInput {
  readonly pod: Pod;
  readonly machines: MachineFit;
  readonly agents: AgentSet;
  readonly placed: Occupancy;
  /** Room kept for other pods. */
  readonly holds: Holds;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly namespaces: NamespaceLabels;
}

export interface RoomFit {
  readonly requests: Resources;
  readonly affinity: PodAffinity;
  readonly spread: TopologySpread;
  /** `load` is what sits on the agent. */
  obstacles(agent: PlacementAgent, load: Pick<AgentLoad, 'occupants' | 'requests'>): readonly Obstacle[];
  /** Whether it matters to the pod who this is, beside what it takes up. */
  concerns(occupant: Occupant): boolean;
  /** One of the pods is left out of account (-1), or counts again. Meanwhile obstacles hold on its agent alone. */
  count(occupant: Occupant, by: 1 | -1): void;
}

const NONE: readonly Obstacle[] = [];

export function roomFit(input: RoomFitInput): RoomFit {
  const { pod, placed, holds } = input;
  const requests = podRequests(pod);
  const ports = hostPorts(pod);
  const shortages = shortageFinder(requests);
  let counted: Pick<RoomFit, 'affinity' | 'spread'> | undefined;
  /** Where no agent has the resources, what pods want of each other need not be counted. */
  const company = () => {
    counted ??= {
      affinity: affinityAmong(input),
      spread: topologySpread({ ...input, groups: placed.groups() }),
    };
    return counted;
  };

  return {
    requests,
    get affinity() {
      return company().affinity;
    },
    get spread() {
      return company().spread;
    },
    obstacles(agent, { occupants, requests: used }) {
      const busy = ports.length > 0 ? takenPort(ports, portsOf(occupants.values())) : undefined;
      const short = shortages(agent, used);
      if (busy) return [portTaken(busy), ...short];
      if (short.length > 0) return short;
      const { affinity, spread } = company();
      const others = affinity.obstacle(agent.labels);
      if (others !== undefined) return [forRoom('InterPodAffinity', others)];
      const skew = spread.obstacle(agent.labels);
      if (skew !== undefined) return [forRoom('PodTopologySpread', skew)];
      const holder = holds.inTheWay(pod, { agent, requests, used, ports });
      return holder === undefined ? NONE : [forRoom('NodeResourcesFit', `reserved for ${holder}`)];
    },
    concerns({ group, ports: taken }) {
      const { affinity, spread } = company();
      return affinity.concerns(group) || spread.concerns(group) || takenPort(ports, taken) !== undefined;
    },
    count(occupant, by) {
      const { affinity, spread } = company();
      affinity.count(occupant, by);
      spread.count(occupant, by);
    },
  };
}

/** Finds every resource there is too little of on an agent. */
export function shortageFinder(
  requests: Resources,
): (agent: PlacementAgent, used: Resources) => readonly Obstacle[] {
  const wanted = [...requests]
    .filter(([, asked]) => asked > 0n)
    .map(([name, asked]) => {
      const text = name === 'pods' ? 'too many pods' : `insufficient ${name}`;
      return { name, asked, obstacle: forRoom(`OutOf${name}`, text) };
    });
  return ({ allocatable }, used) => {
    let short: Obstacle[] | undefined;
    for (const { name, asked, obstacle } of wanted) {
      const taken = used.get(name);
      const needed = taken === undefined ? asked : asked + taken;
      if (needed <= (allocatable.get(name) ?? 0n)) continue;
      short ??= [];
      short.push(obstacle);
    }
    return short ?? NONE;
  };
}

function affinityAmong({ pod, agents, placed, nodeLabels, namespaces }: RoomFitInput): PodAffinity {
  const { namespace, labels = {} } = pod.metadata;
  return podAffinity({
    subject: { namespace, labels },
    terms: podTerms(pod),
    groups: placed.groups(),
    agentLabels: (uid) => agents.get(uid)?.labels,
    nodeLabels,
    namespaces,
  });
}

function portsOf(occupants: Iterable<{ readonly ports: readonly HostPort[] }>): HostPort[] {
  return [...occupants].flatMap(({ ports }) => ports);
}

function portTaken({ port, protocol }: HostPort): Obstacle {
  return forRoom('NodePorts', `host port ${port}/${protocol} taken`);
}
