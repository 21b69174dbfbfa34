// The one record of where a pod runs: its status condition `longshore.dev/Placed`. True names the agent; False says
// why the pod waits; anything else is unreadable, and then nothing is decided about the pod.
import { isAgentName, PLACED_CONDITION } from '../../common/names.ts';
import type { PodCondition, PodStatus } from '../../common/pod.ts';
import { toSeconds } from './timestamp.ts';

export interface Placement {
  /** The agent's name, for people. */
  readonly agent: string;
  /** The agent's identity. */
  readonly agentUid: string;
}

export type PlacementRecord =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly message: string }
  | ({ readonly kind: 'placed' } & Placement)
  /** The condition is there but names no agent: the pod may run somewhere. */
  | { readonly kind: 'unreadable'; readonly message: string };

const MESSAGE = /^agent=(\S{1,63}) uid=([A-Za-z0-9-]{1,64})$/;

export function readPlacement(status: PodStatus | undefined): PlacementRecord {
  const condition = status?.conditions?.find((candidate) => candidate.type === PLACED_CONDITION);
  if (!condition) return { kind: 'none' };
  const message = condition.message ?? '';
  if (condition.status === 'False') return { kind: 'waiting', message };
  const [, agent = '', agentUid = ''] = MESSAGE.exec(message) ?? [];
  if (condition.status !== 'True' || !isAgentName(agent)) {
    return {
      kind: 'unreadable',
      message: `${PLACED_CONDITION}=${condition.status}: ${message.slice(0, 200)}`,
    };
  }
  return { kind: 'placed', agent, agentUid };
}

export function placedCondition(placement: Placement, nowMs: number): PodCondition {
  return {
    type: PLACED_CONDITION,
    status: 'True',
    reason: 'Placed',
    message: `agent=${placement.agent} uid=${placement.agentUid}`,
    lastTransitionTime: toSeconds(nowMs),
  };
}

/** Since when the pod waits, Unix milliseconds; undefined: it does not, as far as is on record. */
export const waitingSince = (status: PodStatus | undefined) => sinceMs(status, 'False');

/** Since when the pod has its agent, Unix milliseconds; undefined: it has none, as far as is on record. */
export const placedSince = (status: PodStatus | undefined) => sinceMs(status, 'True');

function sinceMs(status: PodStatus | undefined, is: 'True' | 'False'): number | undefined {
  const condition = status?.conditions?.find((candidate) => candidate.type === PLACED_CONDITION);
  const ms = Date.parse(condition?.status === is ? (condition.lastTransitionTime ?? '') : '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** Keeps the time of `previous` while the pod goes on waiting. */
export function waitingCondition(
  summary: string,
  context: { readonly previous: PodStatus | undefined; readonly nowMs: number },
): PodCondition {
  const previous = context.previous?.conditions?.find((candidate) => candidate.type === PLACED_CONDITION);
  const kept = previous?.status === 'False' ? previous.lastTransitionTime : undefined;
  return {
    type: PLACED_CONDITION,
    status: 'False',
    reason: 'NoAgentFits',
    message: summary,
    lastTransitionTime: kept ?? toSeconds(context.nowMs),
  };
}
