// An agent kept free for a pod that has waited for long. Which one, and when: from half a minute of waiting on, for ten
// minutes out of every twenty, so that one pod for which no room ever comes free does not keep a machine idle for good.
import type { Pod } from '../../../common/pod.ts';
import { isShortage } from './obstacle.ts';
import type { JudgedAgent, PlacementContext } from './place.ts';
import type { PlacementAgent } from './placement-agent.ts';
import { NO_RESOURCES, podRequests, type Resources } from './resources.ts';
import { shortageFinder } from './room-fit.ts';

const FIRST_MS = 30_000;
const HELD_MS = 600_000;
const FREE_MS = 600_000;
/** Of the agents, so that many large pods do not keep everything for themselves. */
const MAX_SHARE = 0.25;

export function isReserving(waitedMs: number): boolean {
  return waitedMs >= FIRST_MS && (waitedMs - FIRST_MS) % (HELD_MS + FREE_MS) < HELD_MS;
}

/** How long until `isReserving` says something else. */
export function reservationChangesInMs(waitedMs: number): number {
  if (waitedMs < FIRST_MS) return FIRST_MS - waitedMs;
  const phaseMs = (waitedMs - FIRST_MS) % (HELD_MS + FREE_MS);
  return phaseMs < HELD_MS ? HELD_MS - phaseMs : HELD_MS + FREE_MS - phaseMs;
}

/** The agent that could hold the pod if it were idle, and on which least is missing. */
export function agentToReserve(
  pod: Pod,
  judged: readonly JudgedAgent[],
  { agents, holds }: PlacementContext,
): PlacementAgent | undefined {
  if (holds.size >= Math.max(1, agents.all.length * MAX_SHARE)) return undefined;
  const requests = podRequests(pod);
  const shortages = shortageFinder(requests);
  let best: { readonly agent: PlacementAgent; readonly missing: number } | undefined;
  for (const { agent, load, obstacles } of judged) {
    if (!obstacles.every(({ rule }) => isShortage(rule)) || holds.isHeld(agent.uid)) continue;
    if (shortages(agent, NO_RESOURCES).length > 0) continue;
    const missing = missingShare(agent, requests, load.requests);
    const isBetter =
      !best || missing < best.missing || (missing === best.missing && agent.name < best.agent.name);
    if (isBetter) best = { agent, missing };
  }
  return best?.agent;
}

/** Of the resource that is shortest, how much of what is asked for is not there: 0 to 1. */
function missingShare(agent: PlacementAgent, requests: Resources, used: Resources): number {
  const shares = [...requests].map(([name, asked]) => {
    const free = (agent.allocatable.get(name) ?? 0n) - (used.get(name) ?? 0n);
    return asked === 0n || free >= asked ? 0 : Number(asked - free) / Number(asked);
  });
  return Math.max(0, ...shares);
}
