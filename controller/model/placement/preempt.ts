// Which pods of lower priority must end so that one can start, as the scheduler chooses: on each agent as few as needed,
// those least that a budget protects; then the agent where it hurts least. Pods that are ending count as gone: were others
// ended in their place, it would be more than needed whenever some victims are heard of before the rest.
import type { Pod } from '../../../common/pod.ts';
import { breakingBudgets, type DisruptionBudget } from './disruption-budget.ts';
import type { Occupant } from './load.ts';
import { type MachineFit, machineFit } from './machine-fit.ts';
import type { PlacementContext } from './place.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { priorityOf } from './queue-order.ts';
import { podRequests, subtract, sum } from './resources.ts';
import { roomFit, shortageFinder } from './room-fit.ts';

export interface Preemption {
  readonly agent: PlacementAgent;
  readonly victims: readonly Pod[];
}

/** Agents looked at closely for one pod; the scheduler looks at a part of large clusters too. */
const MAX_CANDIDATES = 100;

export function findPreemption(
  pod: Pod,
  context: PlacementContext,
  budgets: readonly DisruptionBudget[],
): Preemption | undefined {
  if (pod.spec.preemptionPolicy === 'Never' || !context.placed.hasBelow(priorityOf(pod))) return undefined;
  const ending = [...context.placed.leaving()].map((one) => one.pod.metadata.uid);
  return context.placed.without(ending, () => leastHarm(pod, context, budgets));
}

function leastHarm(
  pod: Pod,
  context: PlacementContext,
  budgets: readonly DisruptionBudget[],
): Preemption | undefined {
  const machines = machineFit(pod, context);
  if (machines.problem !== undefined) return undefined;
  const options: Option[] = [];
  for (const agent of context.agents.all) {
    if (options.length >= MAX_CANDIDATES) break;
    if (machines.obstacle(agent)) continue;
    const lower = lesserPods(pod, agent, context);
    if (lower.length === 0 || !couldSuffice(pod, { agent, lower, context })) continue;
    const victims = fewestVictims({ pod, agent, lower, machines, context, budgets });
    if (victims) options.push(victims);
  }
  const [best] = options.sort(compareOptions);
  return best && { agent: best.agent, victims: best.victims };
}

interface Option extends Preemption {
  /** Victims that a budget protects. */
  readonly protected: number;
}

/** The more important first: those are spared first. */
function lesserPods(pod: Pod, agent: PlacementAgent, { placed }: PlacementContext): Occupant[] {
  const priority = priorityOf(pod);
  return [...placed.on(agent.uid).occupants.values()]
    .filter((one) => priorityOf(one.pod) < priority)
    .sort((a, b) => compareImportance(a.pod, b.pod));
}

/** By resources alone: a cheap look before the close one. */
function couldSuffice(
  pod: Pod,
  { agent, lower, context }: { agent: PlacementAgent; lower: readonly Occupant[]; context: PlacementContext },
): boolean {
  const freed = sum(lower.map(({ requests }) => requests));
  const used = subtract(context.placed.on(agent.uid).requests, freed);
  return shortageFinder(podRequests(pod))(agent, used).length === 0;
}

interface Trial {
  readonly pod: Pod;
  readonly agent: PlacementAgent;
  readonly lower: readonly Occupant[];
  readonly machines: MachineFit;
  readonly context: PlacementContext;
  readonly budgets: readonly DisruptionBudget[];
}

/** Undefined when not even the end of all of them makes room. */
function fewestVictims(trial: Trial): Option | undefined {
  const { pod, agent, lower, machines, context, budgets } = trial;
  const pods = lower.map((one) => one.pod);
  const breaking = breakingBudgets(pods, budgets);
  const inOrder = [...pods.filter((one) => breaking.has(one)), ...pods.filter((one) => !breaking.has(one))];
  return context.placed.without(
    pods.map(({ metadata }) => metadata.uid),
    ({ bringBack, takeOut }) => {
      const fits = () => {
        const room = roomFit({ ...context, pod, machines });
        return room.obstacles(agent, context.placed.on(agent.uid)).length === 0;
      };
      if (!fits()) return undefined;
      const victims = inOrder.filter(({ metadata }) => {
        bringBack(metadata.uid);
        if (fits()) return false;
        takeOut(metadata.uid);
        return true;
      });
      const harmed = victims.filter((victim) => breaking.has(victim)).length;
      return { agent, victims, protected: harmed };
    },
  );
}

/** Fewest broken budgets, then the least important victim, the lowest priorities in sum, the fewest, the youngest. */
function compareOptions(a: Option, b: Option): number {
  const highest = ({ victims }: Option) => Math.max(...victims.map(priorityOf));
  // Negative priorities must not make many victims look better than one.
  const total = ({ victims }: Option) =>
    victims.reduce((all, victim) => all + priorityOf(victim) + 2 ** 31, 0);
  const oldest = ({ victims }: Option) => Math.min(...victims.map(startedMs));
  return (
    a.protected - b.protected ||
    highest(a) - highest(b) ||
    total(a) - total(b) ||
    a.victims.length - b.victims.length ||
    oldest(b) - oldest(a) ||
    (a.agent.name < b.agent.name ? -1 : 1)
  );
}

function compareImportance(a: Pod, b: Pod): number {
  return (
    priorityOf(b) - priorityOf(a) || startedMs(a) - startedMs(b) || (a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}

function startedMs({ metadata, status }: Pod): number {
  return Date.parse(status?.startTime ?? metadata.creationTimestamp ?? '') || 0;
}
