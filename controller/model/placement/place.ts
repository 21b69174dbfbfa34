// Which agent a pod goes to, or why none: a pure function of the pod, the agents and what is placed on them. First what
// keeps the pod off each agent (machine-fit.ts, room-fit.ts), then how the rest compare (score.ts); ties go to the agent
// with the fewest pods, then to the first name.
import type { Pod } from '../../../common/pod.ts';
import type { Placement } from '../placement-record.ts';
import type { AgentSet } from './agent-set.ts';
import type { Holds } from './holds.ts';
import type { Occupancy } from './load.ts';
import { machineFit } from './machine-fit.ts';
import { isShortage, type Obstacle } from './obstacle.ts';
import type { NamespaceLabels } from './pod-terms.ts';
import type { PresenceKey } from './presence-labels.ts';
import { type RoomFit, roomFit } from './room-fit.ts';
import { type ScoredAgent, type Scores, scores } from './score.ts';
import { uninvitedDaemon } from './uninvited-daemon.ts';
import type { VolumesNeed } from './volumes-need.ts';

export type Outcome =
  | {
      readonly kind: 'agent';
      readonly placement: Placement;
      /** For people: how it compares with the agents that fit too, and what keeps the pod off the rest. */
      readonly why: string;
    }
  | {
      readonly kind: 'none';
      readonly summary: string;
      /** In the order of the agents; empty when none of them was looked at. */
      readonly judged: readonly JudgedAgent[];
      /** What they were judged by. */
      readonly room?: RoomFit;
    };

/** An agent as the pod finds it. */
export interface JudgedAgent extends ScoredAgent {
  /** What keeps the pod off; empty: it fits. */
  readonly obstacles: readonly Obstacle[];
}

export interface PlacementContext {
  readonly nodeName: string;
  /** The virtual node's own, without presence labels. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly presenceKeys: readonly PresenceKey[];
  readonly namespaces: NamespaceLabels;
  readonly agents: AgentSet;
  readonly placed: Occupancy;
  readonly holds: Holds;
  readonly volumes: (pod: Pod) => VolumesNeed;
}

/** Of what is told with a placement: an event is at most 1024 long, and names take their part of it. */
const MAX_WHY = 500;

/** `before`: what it found with the same agents while more pods were there. */
export function place(pod: Pod, context: PlacementContext, before: readonly JudgedAgent[] = []): Outcome {
  const judgement = judge(pod, context, before);
  if (judgement.kind === 'problem') return { kind: 'none', summary: judgement.problem, judged: [] };
  const { judged, fitting, best, room } = judgement;
  const chosen = fitting[best];
  if (!chosen) return { kind: 'none', summary: summarise(judged), judged, room };
  const { name, uid } = chosen.agent;
  const merits = fitting.length > 1 ? `best by ${meritsOf(best, judgement).join(', ')}; ` : '';
  const why = `${merits}${summarise(judged)}`;
  return { kind: 'agent', placement: { agent: name, agentUid: uid }, why: atMost(MAX_WHY, why) };
}

/** Why an agent was chosen or not. */
export interface Verdict {
  readonly agent: string;
  readonly chosen: boolean;
  /** For agents that fit, how they compare. */
  readonly merits: readonly string[];
  /** What keeps the pod off; empty for agents that fit. */
  readonly obstacles: readonly Obstacle[];
}

/** What `place` thinks of every agent, for people; empty when it looks at none. */
export function verdicts(pod: Pod, context: PlacementContext): Verdict[] {
  const judgement = judge(pod, context);
  if (judgement.kind === 'problem') return [];
  const { judged, fitting, best } = judgement;
  const indexes = new Map(fitting.map((candidate, index) => [candidate, index]));
  return judged.map((candidate) => {
    const { agent, obstacles } = candidate;
    const index = indexes.get(candidate);
    const merits = index === undefined ? [] : meritsOf(index, judgement);
    return { agent: agent.name, chosen: index === best, merits, obstacles };
  });
}

type Judgement =
  /** No agent can be chosen for this pod, whatever they are. */
  { readonly kind: 'problem'; readonly problem: string } | Judged;

interface Judged {
  readonly kind: 'judged';
  readonly judged: readonly JudgedAgent[];
  readonly room: RoomFit;
  readonly fitting: readonly JudgedAgent[];
  /** Of those that fit. */
  readonly scores: Scores;
  /** Among those that fit, the index of the one to choose. */
  readonly best: number;
}

function judge(pod: Pod, context: PlacementContext, before: readonly JudgedAgent[] = []): Judgement {
  const { agents, placed } = context;
  const machines = machineFit(pod, context);
  const problem = uninvitedDaemon(pod) ?? machines.problem;
  if (problem !== undefined) return { kind: 'problem', problem };
  const room = roomFit({ ...context, pod, machines });
  const judged = agents.all.map((agent, index): JudgedAgent => {
    const load = placed.on(agent.uid);
    const known = before[index];
    if (known?.load === load && known.obstacles.some(isOfAgentAlone)) return known;
    const own = machines.obstacle(agent);
    return { agent, load, obstacles: own ? [own] : room.obstacles(agent, load) };
  });
  const fitting = judged.filter(({ obstacles }) => obstacles.length === 0);
  const compared = scores(fitting, { pod, machines, room, agents });
  return { kind: 'judged', judged, room, fitting, scores: compared, best: bestOf(fitting, compared) };
}

/** Whatever sits on others. */
function isOfAgentAlone({ rule, until }: Obstacle): boolean {
  return until !== 'room' || isShortage(rule);
}

/** Most points; among equals fewest pods, then the first name. */
function bestOf(fitting: readonly JudgedAgent[], { totals }: Scores): number {
  return fitting.reduce((best, one, index) => {
    const other = fitting[best] ?? one;
    const order =
      (totals[best] ?? 0) - (totals[index] ?? 0) ||
      one.load.occupants.size - other.load.occupants.size ||
      (one.agent.name < other.agent.name ? -1 : 1);
    return order < 0 ? index : best;
  }, 0);
}

function meritsOf(index: number, { fitting, scores: compared }: Judged): readonly string[] {
  return [...compared.partsOf(index), `pods ${fitting[index]?.load.occupants.size}`];
}

/** `0/3 agents fit: 2 insufficient memory, 1 cordoned`. */
function summarise(judged: readonly JudgedAgent[]): string {
  if (judged.length === 0) return '0/0 agents fit: no agent has joined';
  const counts = new Map<string, number>();
  let fitting = 0;
  for (const { obstacles } of judged) {
    if (obstacles.length === 0) fitting += 1;
    for (const { text } of obstacles) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const parts = [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`);
  const fit = `${fitting}/${judged.length} agents fit`;
  return parts.length > 0 ? `${fit}: ${parts.join(', ')}` : fit;
}

function atMost(length: number, text: string): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
