// Taints of agents and what pods tolerate: Kubernetes' rules.
import type { V1Toleration } from '@kubernetes/client-node';
import type { Json, Pod } from '../../../common/pod.ts';
import { matchesRequirement } from '../requirement.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: TaintEffect;
}

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

export type Toleration = Json<V1Toleration>;

/** The first taint that keeps the pod off. */
export function untolerated(pod: Pick<Pod, 'spec'>, taints: readonly Taint[]): Taint | undefined {
  return taints.find((taint) => taint.effect !== 'PreferNoSchedule' && !isTolerated(pod, taint));
}

/** How many taints ask the pod to go elsewhere if it can. */
export function unwelcoming(pod: Pick<Pod, 'spec'>, taints: readonly Taint[]): number {
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(pod, taint)).length;
}

/** How long the pod stays where this taint drives pods off, by the first toleration of it; undefined: for ever. */
export function toleratedSeconds(
  pod: Pick<Pod, 'spec'>,
  taint: Taint,
  otherwise: number,
): number | undefined {
  const toleration = pod.spec.tolerations?.find((one) => tolerates(one, taint));
  if (!toleration) return otherwise;
  const { tolerationSeconds } = toleration;
  return tolerationSeconds === undefined ? undefined : Math.max(0, tolerationSeconds);
}

function isTolerated(pod: Pick<Pod, 'spec'>, taint: Taint): boolean {
  return (pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (!key) return operator === 'Exists';
  if (key !== taint.key) return false;
  if (operator === 'Equal') return value === (taint.value ?? '');
  return matchesRequirement({ operator, values: [value] }, taint.value ?? '');
}
