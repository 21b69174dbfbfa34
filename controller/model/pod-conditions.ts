// The conditions in a pod's status: merging by type, readiness gates, and what a lost agent does to them.
import type { Pod, PodCondition } from '../../common/pod.ts';
import { cutToSeconds, toSeconds } from './timestamp.ts';

const MAX_MESSAGE = 4096;
const MAX_REASON = 1024;

/** `ours` over `known`, by type. A transition's time changes with the status only; other types stay untouched. */
export function mergeConditions(
  known: readonly PodCondition[],
  ours: readonly PodCondition[],
  nowMs: number,
): PodCondition[] {
  const merged = new Map(known.map((condition) => [condition.type, condition]));
  for (const condition of ours) {
    const previous = merged.get(condition.type);
    const flipped = previous?.status !== condition.status;
    merged.set(condition.type, {
      type: condition.type,
      status: condition.status,
      lastTransitionTime: flipped
        ? (cutToSeconds(condition.lastTransitionTime) ?? toSeconds(nowMs))
        : previous?.lastTransitionTime,
      reason: condition.reason?.slice(0, MAX_REASON),
      message: condition.message?.slice(0, MAX_MESSAGE),
      observedGeneration: condition.observedGeneration ?? previous?.observedGeneration,
    });
  }
  return [...merged.values()];
}

/** Gates are conditions of others, so the API copy decides about them, not the agent's older view. */
export function withReadinessGates(
  pod: Pod,
  conditions: readonly PodCondition[],
  nowMs: number,
): PodCondition[] {
  const gates = pod.spec.readinessGates ?? [];
  const containersReady = conditions.find(({ type }) => type === 'ContainersReady');
  if (gates.length === 0 || !containersReady) return [...conditions];
  const ready = { ...containersReady, type: 'Ready', lastTransitionTime: undefined };
  const closed = gates.flatMap(({ conditionType }) => {
    const gate = conditions.find(({ type }) => type === conditionType);
    if (gate?.status === 'True') return [];
    return gate
      ? [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`]
      : [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
  });
  if (containersReady.status !== 'True' || closed.length === 0)
    return mergeConditions(conditions, [ready], nowMs);
  const shut = { ...ready, status: 'False', reason: 'ReadinessGatesNotReady', message: closed.join(', ') };
  return mergeConditions(conditions, [shut], nowMs);
}

/** A pod whose agent is lost is not ready; what its containers do is unknown and left as it was. */
export function unreachableConditions(
  conditions: readonly PodCondition[],
  message: string,
  nowMs: number,
): PodCondition[] {
  const lost = ['Ready', 'ContainersReady'].map(
    (type): PodCondition => ({ type, status: 'False', reason: 'AgentUnreachable', message }),
  );
  return mergeConditions(conditions, lost, nowMs);
}
