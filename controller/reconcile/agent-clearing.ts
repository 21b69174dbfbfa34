// One look at an agent that is to be cleared of its pods: has those evicted that may go, and says what keeps the others.
// Whoever clears an agent looks again and again, until nothing is left or the reason for it is over.
import type { Pod } from '../../common/pod.ts';
import { type DrainPlan, type DrainRules, drainPlan, type RefusedPod } from '../model/drain.ts';
import type { GracefulCause, GracefulEvictor } from './graceful-evictor.ts';

export interface ClearingWish extends GracefulCause {
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

export function clearAgent(
  agentUid: string,
  { rules, ...cause }: ClearingWish,
  { pods, evictor }: AgentClearingOptions,
): Clearing {
  const plan = drainPlan(pods.heldOn(agentUid), rules);
  for (const pod of plan.evict) evictor.evict(pod.metadata.uid, cause);
  const held = plan.evict.flatMap((pod) => {
    const why = evictor.refusal(pod.metadata.uid);
    return why === undefined ? [] : [{ pod, why }];
  });
  return { ...plan, held };
}
