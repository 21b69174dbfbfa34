// Whether labels match a selector as the API has them: matchLabels and matchExpressions all hold.
import type { LabelSelector } from '../../common/pod-references.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = NonNullable<NonNullable<LabelSelector>['matchExpressions']>[number];

/** No selector matches nothing; an empty one everything. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((requirement) => holds(requirement, labelOf(labels, requirement.key)))
  );
}

function holds({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
