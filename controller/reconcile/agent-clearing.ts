// One look at an agent that is to be cleared of its pods: has those evicted that may go, and says what keeps the others.
// Whoever clears an agent looks again and again, until nothing is left or the reason for it is over.
import type { Pod } from '../../common/pod.ts';
import { type DrainPlan, type DrainRules, drainPlan, type RefusedPod } from '../model/drain.ts';
import type { GracefulCause, GracefulEvictor } from './graceful-evictor.ts';

export interface ClearingWish extends Omit<GracefulCause, 'holds'> {
  readonly rules: DrainRules;
}

export interface Clearing extends DrainPlan {
  /** Those to be evicted whose last try was refused, by a PodDisruptionBudget mostly. */
  readonly held: readonly RefusedPod[];
}

export interface AgentClearingOptions {
  readonly pods: { heldOn(agentUid: string): readonly Pod[] };
  readonly evictor: Pick<GracefulEvictor, 'evict' | 'refusal'>;
}

/**
 * Undefined: by `wishNow` its pods stay. It is asked again, and the plan made anew, before each try at a pod: one that a
 * budget has held for long may have ended meanwhile, or be meant to stay.
 */
export function clearAgent(
  agentUid: string,
  wishNow: () => ClearingWish | undefined,
  { pods, evictor }: AgentClearingOptions,
): Clearing | undefined {
  const planOf = ({ rules }: ClearingWish) => drainPlan(pods.heldOn(agentUid), rules);
  const wish = wishNow();
  if (!wish) return undefined;
  const plan = planOf(wish);
  const { event, gracePeriodSeconds } = wish;
  for (const { metadata } of plan.evict) {
    const holds = () => {
      const now = wishNow();
      return now !== undefined && planOf(now).evict.some((pod) => pod.metadata.uid === metadata.uid);
    };
    evictor.evict(metadata.uid, { event, gracePeriodSeconds, holds });
  }
  const held = plan.evict.flatMap((pod) => {
    const why = evictor.refusal(pod.metadata.uid);
    return why === undefined ? [] : [{ pod, why }];
  });
  return { ...plan, held };
}
