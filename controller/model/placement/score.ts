// How the agents that could take a pod compare: each rule gives 0 to 100, and counts with the scheduler's own weight.
import type { Pod } from '../../../common/pod.ts';
import type { AgentLoad } from './agent-load.ts';
import type { AgentSet } from './agent-set.ts';
import { imageLocality } from './image-locality.ts';
import type { MachineFit } from './machine-fit.ts';
import type { PlacementAgent } from './placement-agent.ts';
import type { Resources } from './resources.ts';
import type { RoomFit } from './room-fit.ts';
import { unwelcoming } from './taints.ts';

export interface ScoreInput {
  readonly pod: Pod;
  readonly machines: MachineFit;
  readonly room: RoomFit;
  /** All there are, those that the pod does not fit on too. */
  readonly agents: AgentSet;
}

export interface ScoredAgent {
  readonly agent: PlacementAgent;
  readonly load: AgentLoad;
}

/** By the agents' indexes. */
export interface Scores {
  readonly totals: readonly number[];
  /** Where the agents differ: `spread 100 x2`. */
  partsOf(index: number): readonly string[];
}

interface Rule {
  readonly name: string;
  readonly weight: number;
  /** 0 to 100 for each agent, the more the better. */
  readonly points: (agents: readonly ScoredAgent[], input: ScoreInput) => readonly number[];
}

const MAX = 100;

const RULES: readonly Rule[] = [
  {
    name: 'taints',
    weight: 3,
    points: (agents, { pod }) => fewest(agents.map(({ agent }) => unwelcoming(pod, agent.taints))),
  },
  {
    name: 'node preference',
    weight: 2,
    points: (agents, { machines }) => most(agents.map(({ agent }) => machines.preference(agent))),
  },
  {
    name: 'pod preference',
    weight: 2,
    points: (agents, { room }) => between(agents.map(({ agent }) => room.affinity.preference(agent.labels))),
  },
  {
    name: 'spread',
    weight: 2,
    points: (agents, { room }) => leastCrowded(agents.map(({ agent }) => room.spread.crowding(agent.labels))),
  },
  {
    name: 'fit',
    weight: 1,
    points: (agents, { room }) => fullness(agents, room.requests),
  },
  {
    name: 'images',
    weight: 1,
    points: (scored, { pod, agents: { all, holders } }) =>
      imageLocality(
        pod,
        scored.map(({ agent }) => agent),
        { count: all.length, holders },
      ),
  },
];

export function scores(agents: readonly ScoredAgent[], input: ScoreInput): Scores {
  const judged = RULES.map(({ name, weight, points }) => ({ name, weight, points: points(agents, input) }));
  const telling = judged.filter(({ points }) => points.some((one) => one !== points[0]));
  return {
    totals: agents.map((_, index) =>
      judged.reduce((sum, { weight, points }) => sum + weight * (points[index] ?? 0), 0),
    ),
    partsOf: (index) => telling.map(({ name, weight, points }) => `${name} ${points[index]} x${weight}`),
  };
}

/**
 * Best fit: how full the agent will be, by the resources that the pod asks for, so that large pods find room elsewhere. A
 * pod that asks for nothing fits everywhere alike.
 */
function fullness(agents: readonly ScoredAgent[], requests: Resources): number[] {
  const asked = [...requests].filter(([name, amount]) => amount > 0n && name !== 'pods');
  return agents.map(({ agent, load }) => {
    let [sum, count] = [0, 0];
    for (const [name, amount] of asked) {
      const whole = Number(agent.allocatable.get(name) ?? 0n);
      if (whole === 0) continue;
      sum += Math.floor(((Number(amount) + Number(load.requests.get(name) ?? 0n)) * MAX) / whole);
      count += 1;
    }
    return count === 0 ? 0 : Math.floor(sum / count);
  });
}

function most(values: readonly number[]): number[] {
  const max = Math.max(0, ...values);
  return values.map((value) => (max === 0 ? 0 : Math.floor((value * MAX) / max)));
}

function fewest(values: readonly number[]): number[] {
  return most(values).map((value) => MAX - value);
}

function between(values: readonly number[]): number[] {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (max === min ? 0 : Math.floor(((value - min) * MAX) / (max - min))));
}

function leastCrowded(values: readonly (number | undefined)[]): number[] {
  const known = values.filter((value) => value !== undefined);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return values.map((value) => {
    if (value === undefined) return 0;
    return max === 0 ? MAX : Math.floor(((max + min - value) * MAX) / max);
  });
}
