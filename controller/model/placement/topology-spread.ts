// How evenly a pod's like are spread over the agents: its topologySpreadConstraints, or, for a pod of a controller without
// any, a preference for agents with fewest pods of the same controller. Counting is the scheduler's, among the pods of this
// node: pods of the same namespace that the selector means and that are not being deleted, on agents that could take the
// pod and are in a domain of each of its constraints. An agent that is lost or leaving is no domain: a machine that was
// switched off shall not hold pods back.
import type { V1TopologySpreadConstraint } from '@kubernetes/client-node';
import { AGENT_KEY } from '../../../common/names.ts';
import type { Json, Pod } from '../../../common/pod.ts';
import { matchesSelector } from '../label-selector.ts';
import { labelOf } from '../requirement.ts';
import type { Occupant } from './agent-load.ts';
import type { AgentSet } from './agent-set.ts';
import type { MachineFit } from './machine-fit.ts';
import { isLeaving } from './placed-pod.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { ownerOf, type PodGroup } from './pod-group.ts';
import { isAmongAgents, isInsistedOn } from './pod-terms.ts';

type Labels = Readonly<Record<string, string>>;
type Constraint = Json<V1TopologySpreadConstraint>;

export interface TopologySpreadInput {
  readonly pod: Pod;
  readonly groups: Iterable<PodGroup>;
  readonly agents: AgentSet;
  readonly machines: Pick<MachineFit, 'suits' | 'welcomes'>;
  readonly nodeLabels: Labels;
}

export interface TopologySpread {
  /** What keeps the pod off an agent with these labels. */
  obstacle(labels: Labels): string | undefined;
  /** How crowded its domains are, to be compared with other agents'; undefined: it is in none. */
  crowding(labels: Labels): number | undefined;
  /** Whether pods of this group matter to obstacles. */
  concerns(group: PodGroup): boolean;
  /** One of the pods is left out of account (-1), or counts again. Meanwhile obstacles hold on its agent alone. */
  count(occupant: Occupant, by: 1 | -1): void;
}

const NO_RULES: TopologySpread = {
  obstacle: () => undefined,
  crowding: () => 0,
  concerns: () => false,
  count: () => undefined,
};

export function topologySpread(input: TopologySpreadInput): TopologySpread {
  const { pod, nodeLabels } = input;
  const { topologySpreadConstraints = [] } = pod.spec;
  if (topologySpreadConstraints.length === 0) return spreadOfOwner(input);
  const constraints = topologySpreadConstraints.filter(({ topologyKey }) => isAmongAgents(topologyKey));
  const isHard = ({ whenUnsatisfiable, topologyKey }: Constraint) =>
    whenUnsatisfiable === 'DoNotSchedule' && isInsistedOn(topologyKey, nodeLabels);
  const isSoft = ({ whenUnsatisfiable }: Constraint) => whenUnsatisfiable === 'ScheduleAnyway';
  const hard = withCounts(input, constraints.filter(isHard)).map((rule) => hardRule(pod, rule));
  const soft = withCounts(input, constraints.filter(isSoft));
  if (hard.length === 0 && soft.length === 0) return NO_RULES;

  return {
    obstacle(labels) {
      for (const { topologyKey, counts, most } of hard) {
        const value = labelOf(labels, topologyKey);
        if (value === undefined) {
          return "didn't match pod topology spread constraints (missing required label)";
        }
        if ((counts.get(value) ?? 0) > most) return "didn't match pod topology spread constraints";
      }
      return undefined;
    },
    crowding: (labels) => crowdingOf(soft, labels),
    concerns: ({ key }) => hard.some(({ kinds }) => kinds.has(key)),
    count(occupant, by) {
      for (const rule of hard) countIn(rule, occupant, by);
    },
  };
}

interface HardRule extends CountedConstraint {
  /** How many may be in the domain before this pod comes. */
  readonly most: number;
}

function hardRule(pod: Pod, constraint: CountedConstraint): HardRule {
  const { maxSkew, minDomains = 1, counts } = constraint;
  const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
  const self = matches(pod.metadata.labels ?? {}, constraint, pod) ? 1 : 0;
  return { ...constraint, most: least + maxSkew - self };
}

function countIn(
  { counts, domains, kinds }: CountedConstraint,
  { pod, agentUid, group }: Occupant,
  by: 1 | -1,
): void {
  const domain = domains.get(agentUid);
  if (domain === undefined || !kinds.has(group.key) || isLeaving(pod)) return;
  counts.set(domain, (counts.get(domain) ?? 0) + by);
}

/** The fewer the domains of a key, the less a pod more in one of them weighs, as the scheduler has it. */
function crowdingOf(rules: readonly CountedConstraint[], labels: Labels): number | undefined {
  let sum = 0;
  for (const { topologyKey, maxSkew, counts } of rules) {
    const value = labelOf(labels, topologyKey);
    if (value === undefined) return undefined;
    sum += (counts.get(value) ?? 0) * Math.log(counts.size + 2) + (maxSkew - 1);
  }
  return sum;
}

function spreadOfOwner({ pod, groups, agents }: TopologySpreadInput): TopologySpread {
  const owner = ownerOf(pod);
  if (owner === '') return NO_RULES;
  const counts = new Map<string, number>();
  for (const group of groups) {
    if (group.owner !== owner) continue;
    for (const [uid, { pods, leaving }] of group.agents) {
      const name = agents.get(uid)?.name;
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + pods - leaving);
    }
  }
  return {
    ...NO_RULES,
    crowding: (labels) => counts.get(labelOf(labels, AGENT_KEY) ?? '') ?? 0,
  };
}

interface CountedConstraint extends Constraint {
  /** Pods of the constraint's kind in each domain; domains without any count 0. */
  readonly counts: Map<string, number>;
  /** By agent UID. */
  readonly domains: ReadonlyMap<string, string>;
  /** Keys of the groups that the constraint means. */
  readonly kinds: ReadonlySet<string>;
}

function withCounts(input: TopologySpreadInput, constraints: readonly Constraint[]): CountedConstraint[] {
  if (constraints.length === 0) return [];
  const isInAll = ({ labels }: PlacementAgent) =>
    constraints.every(({ topologyKey }) => labelOf(labels, topologyKey) !== undefined);
  const among = input.agents.all.filter((agent) => agent.ready && !agent.leaving && isInAll(agent));
  return constraints.map((constraint) => ({ ...constraint, ...domainCounts(input, constraint, among) }));
}

function domainCounts(
  { pod, groups, machines }: TopologySpreadInput,
  constraint: Constraint,
  among: readonly PlacementAgent[],
): Pick<CountedConstraint, 'counts' | 'domains' | 'kinds'> {
  const { topologyKey, nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  const counts = new Map<string, number>();
  const domains = new Map<string, string>();
  const kinds = new Set<string>();
  for (const agent of among) {
    const value = labelOf(agent.labels, topologyKey);
    if (value === undefined) continue;
    if (nodeAffinityPolicy === 'Honor' && !machines.suits(agent)) continue;
    if (nodeTaintsPolicy === 'Honor' && !machines.welcomes(agent)) continue;
    domains.set(agent.uid, value);
    counts.set(value, 0);
  }
  for (const group of groups) {
    if (group.namespace !== pod.metadata.namespace || !matches(group.labels, constraint, pod)) continue;
    kinds.add(group.key);
    for (const [uid, { pods, leaving }] of group.agents) {
      const value = domains.get(uid);
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + pods - leaving);
    }
  }
  return { counts, domains, kinds };
}

/** `matchLabelKeys` narrow the selector to the pod's own values of these labels. */
function matches(labels: Labels, { labelSelector, matchLabelKeys = [] }: Constraint, pod: Pod): boolean {
  const own = pod.metadata.labels ?? {};
  return (
    matchesSelector(labelSelector, labels) &&
    matchLabelKeys.every((key) => {
      const value = labelOf(own, key);
      return value === undefined || labelOf(labels, key) === value;
    })
  );
}
