// metav1.LabelSelector against an object's labels: an absent selector matches nothing, an empty one everything.
import type { LabelSelector } from '../../common/pod-references.ts';
import { labelOf, matchesRequirement } from './requirement.ts';

export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((wish) => matchesRequirement(wish, labelOf(labels, wish.key)))
  );
}
