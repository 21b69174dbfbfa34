// nodeSelector and node affinity, evaluated for one machine's labels. Semantics as the scheduler's: required terms are
// alternatives, the requirements within a term all hold, a term without requirements matches nothing (a preferred one
// without any matches everything), and the weights of preferred terms that match are summed up.
import type { V1NodeSelectorTerm } from '@kubernetes/client-node';
import type { NodeSelector } from '../../../common/claim.ts';
import type { Json, Pod } from '../../../common/pod.ts';
import { labelOf, matchesRequirement } from '../requirement.ts';

type Term = Json<V1NodeSelectorTerm>;

type Labels = Readonly<Record<string, string>>;

/** What a pod asks of a node with these labels. */
export interface NodeAffinity {
  matches(labels: Labels): boolean;
  /** The sum of the weights of the preferred terms that match. */
  preference(labels: Labels): number;
}

/** `nodeName` is what `metadata.name` in matchFields is compared to. */
export function nodeAffinity({ spec }: Pick<Pod, 'spec'>, nodeName: string): NodeAffinity {
  const selector = Object.entries(spec.nodeSelector ?? {});
  const {
    requiredDuringSchedulingIgnoredDuringExecution: required,
    preferredDuringSchedulingIgnoredDuringExecution: preferred = [],
  } = spec.affinity?.nodeAffinity ?? {};
  return {
    matches: (labels) =>
      selector.every(([key, value]) => labelOf(labels, key) === value) &&
      (!required || matchesSelector(required, labels, nodeName)),
    preference(labels) {
      let sum = 0;
      for (const { preference, weight } of preferred) {
        if (matchesTerm(preference, labels, nodeName)) sum += weight;
      }
      return sum;
    },
  };
}

/** Its terms are alternatives; without any that says something nothing matches. */
export function matchesSelector(selector: NodeSelector, labels: Labels, nodeName: string): boolean {
  return selector.nodeSelectorTerms.some((term) => !isEmpty(term) && matchesTerm(term, labels, nodeName));
}

function isEmpty({ matchExpressions = [], matchFields = [] }: Term): boolean {
  return matchExpressions.length + matchFields.length === 0;
}

function matchesTerm(
  { matchExpressions = [], matchFields = [] }: Term,
  labels: Labels,
  nodeName: string,
): boolean {
  return (
    matchExpressions.every((wish) => matchesRequirement(wish, labelOf(labels, wish.key))) &&
    matchFields.every((wish) => wish.key === 'metadata.name' && matchesRequirement(wish, nodeName))
  );
}
