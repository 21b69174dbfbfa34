// Which nodes a pod asks for: nodeSelector, required node affinity, and the weights of preferred node affinity.
import { numberAt, objectAt, objectsAt, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

export function matchesNodeSelection(pod: JsonObject, node: JsonObject): boolean {
  const labels = labelsOf(node);
  const selector = Object.entries(objectAt(pod, 'spec', 'nodeSelector') ?? {});
  if (!selector.every(([key, value]) => labels[key] === value)) return false;
  const required = requiredTerms(pod);
  return required === undefined || required.some((term) => matchesTerm(term, node));
}

/** The nodes that required affinity names by `metadata.name`, when every term names some; undefined means any. */
export function namedNodes(pod: JsonObject): ReadonlySet<string> | undefined {
  const terms = requiredTerms(pod) ?? [];
  const sets = terms.map((term) => {
    const fields = objectsAt(term, 'matchFields').filter(
      (field) => field['key'] === 'metadata.name' && field['operator'] === 'In',
    );
    const [first, ...others] = fields.map((field) => stringsAt(field, 'values'));
    return first?.filter((name) => others.every((names) => names.includes(name)));
  });
  const names = new Set<string>();
  for (const set of sets) {
    if (set === undefined) return undefined;
    for (const name of set) names.add(name);
  }
  return terms.length === 0 ? undefined : names;
}

/** The sum of the weights of the preferred terms that match. */
export function affinityWeight(pod: JsonObject, node: JsonObject): number {
  const preferred = objectsAt(
    pod,
    ...['spec', 'affinity', 'nodeAffinity', 'preferredDuringSchedulingIgnoredDuringExecution'],
  );
  return preferred
    .filter((term) => matchesTerm(objectAt(term, 'preference') ?? {}, node))
    .reduce((sum, term) => sum + (numberAt(term, 'weight') ?? 0), 0);
}

function requiredTerms(pod: JsonObject): readonly JsonObject[] | undefined {
  const required = objectAt(
    pod,
    ...['spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'],
  );
  return required && objectsAt(required, 'nodeSelectorTerms');
}

/** All requirements of a term must hold; a term without any matches no node. */
function matchesTerm(term: JsonObject, node: JsonObject): boolean {
  const expressions = objectsAt(term, 'matchExpressions');
  const fields = objectsAt(term, 'matchFields');
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = labelsOf(node);
  return (
    expressions.every((expression) => matchesExpression(expression, labels)) &&
    fields.every((field) =>
      matchesExpression(field, { 'metadata.name': stringAt(node, 'metadata', 'name') ?? '' }),
    )
  );
}

function matchesExpression(expression: JsonObject, values: Readonly<Record<string, unknown>>): boolean {
  const key = stringAt(expression, 'key') ?? '';
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  const wanted = stringsAt(expression, 'values');
  switch (stringAt(expression, 'operator')) {
    case 'In':
      return typeof value === 'string' && wanted.includes(value);
    case 'NotIn':
      return typeof value !== 'string' || !wanted.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compares(value, wanted, (left, right) => left > right);
    case 'Lt':
      return compares(value, wanted, (left, right) => left < right);
    default:
      return false;
  }
}

const INTEGER = /^[+-]?\d{1,19}$/;

function compares(
  value: unknown,
  wanted: readonly string[],
  holds: (left: bigint, right: bigint) => boolean,
): boolean {
  const [bound] = wanted;
  if (typeof value !== 'string' || bound === undefined || wanted.length !== 1) return false;
  if (!INTEGER.test(value) || !INTEGER.test(bound)) return false;
  return holds(BigInt(value.replace('+', '')), BigInt(bound.replace('+', '')));
}

function labelsOf(node: JsonObject): JsonObject {
  return objectAt(node, 'metadata', 'labels') ?? {};
}
