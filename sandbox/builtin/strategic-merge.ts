// Strategic merge patch as an API server applies it: objects merge field by field, lists as merge-keys.ts says, with the
// directives $patch, $retainKeys, $setElementOrder/… and $deleteFromPrimitiveList/…. Pure; neither argument is changed.
// A typed server drops nulls and stray directives when it decodes the result; here the last step does.
import { LongshoreError } from '../../common/errors.ts';
import { goText, goType } from './go-text.ts';
import { isObject } from './json.ts';
import {
  cloneObject,
  DELETE_SCALARS,
  dropDirectivesAndNulls,
  listWithoutDirectives,
  PATCH,
  RETAIN_KEYS,
  SET_ORDER,
  withoutDirectives,
} from './merge-directives.ts';
import { type FieldRule, mergeRule, mergeRuleOfKind } from './merge-keys.ts';
import { inOrderOf, removeScalars, uniqueScalars } from './merge-order.ts';
import type { JsonObject } from './resource.ts';

type Lookup = (field: string) => FieldRule;

/** Throws `invalid` for a patch that cannot be merged. Not for custom resources (415). */
export function strategicMerge(original: JsonObject, patch: JsonObject, kind: string): JsonObject {
  const merged = mergeObject(cloneObject(original), cloneObject(patch), (field) =>
    mergeRuleOfKind(kind, field),
  );
  return dropDirectivesAndNulls(merged);
}

/** Both arguments are ours to change. */
function mergeObject(original: JsonObject, patch: JsonObject, lookup: Lookup): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return applyObjectDirective(patch);
  applyRetainKeys(original, patch);
  applyElementOrders(original, patch, lookup);
  for (const [key, value] of deletionsFirst(patch)) {
    const isDeletion = isScalarDeletion(key);
    const field = isDeletion ? fieldOfDeletion(key) : key;
    mergeField({ original, field, value, isDeletion, rule: lookup(field) });
  }
  return original;
}

/** A fixed order where the API server has none: a scalar that is both deleted and added ends up in the list. */
function deletionsFirst(patch: JsonObject): [string, unknown][] {
  const entries = Object.entries(patch);
  return [
    ...entries.filter(([key]) => isScalarDeletion(key)),
    ...entries.filter(([key]) => !isScalarDeletion(key)),
  ];
}

function isScalarDeletion(key: string): boolean {
  return key.startsWith('$deleteFromPrimitiveList');
}

function applyObjectDirective(patch: JsonObject): JsonObject {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw invalid(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
}

function mergeField(change: {
  readonly original: JsonObject;
  readonly field: string;
  readonly value: unknown;
  readonly isDeletion: boolean;
  readonly rule: FieldRule;
}): void {
  const { original, field, value, isDeletion, rule } = change;
  if (value === null) {
    delete original[field];
    return;
  }
  const current = Object.hasOwn(original, field) ? original[field] : undefined;
  if (isObject(current) && isObject(value)) {
    if (isDeletion) throw invalid('invalid patch format of primitive list');
    original[field] = rule.strategy === 'replace' ? value : mergeObject(current, value, lookupOf(rule));
  } else if (Array.isArray(current) && Array.isArray(value)) {
    original[field] = mergeListField(current, value, { rule, isDeletion });
  } else if (!isDeletion) {
    const kept = withoutDirectives(value);
    if (kept === undefined) delete original[field];
    else original[field] = kept;
  }
}

interface ListField {
  readonly rule: FieldRule;
  readonly isDeletion: boolean;
}

function mergeListField(current: unknown[], patch: unknown[], { rule, isDeletion }: ListField): unknown[] {
  if (rule.strategy !== 'merge' && !isDeletion) return patch;
  if (current.length === 0 && patch.length === 0) return current;
  if (elementKind(current, patch) !== 'object') {
    if (isDeletion) return removeScalars(current, patch);
    return inOrderOf({
      merged: uniqueScalars([...current, ...patch]),
      patchOrder: patch,
      liveOrder: current,
    });
  }
  const mergeKey = requireMergeKey(rule);
  const { live, plain } = applyElementDirectives(current.filter(isObject), patch.filter(isObject), mergeKey);
  const liveOrder = [...live];
  const merged = mergeElements(live, plain, rule);
  for (const element of merged) mergeKeyValue(element, mergeKey);
  return inOrderOf({ merged, patchOrder: plain, liveOrder, mergeKey });
}

/** Elements of the patch that carry `$patch`: deletes are done on the live list, `replace` makes the patch the list. */
function applyElementDirectives(current: JsonObject[], patch: JsonObject[], mergeKey: string) {
  let live = current;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const element of patch) {
    if (!Object.hasOwn(element, PATCH)) {
      plain.push(element);
      continue;
    }
    const directive = element[PATCH];
    if (directive === 'delete') {
      const key = mergeKeyValue(element, mergeKey);
      live = live.filter((candidate) => candidate[mergeKey] !== key);
    } else if (directive === 'replace') {
      replace = true;
    } else if (directive === 'merge') {
      throw invalid('merging lists cannot yet be specified in the patch');
    } else {
      throw invalid(`unknown patch type: ${goText(directive)} in map: ${goText(element)}`);
    }
  }
  return replace ? { live: plain, plain: [] } : { live, plain };
}

function mergeElements(live: JsonObject[], patch: JsonObject[], rule: FieldRule): JsonObject[] {
  const mergeKey = requireMergeKey(rule);
  const merged = [...live];
  for (const element of patch) {
    const key = mergeKeyValue(element, mergeKey);
    const at = merged.findIndex(
      (candidate) => Object.hasOwn(candidate, mergeKey) && candidate[mergeKey] === key,
    );
    const found = merged[at];
    if (found) merged[at] = mergeObject(found, element, lookupOf(rule));
    else merged.push(element);
  }
  return merged;
}

/** `$retainKeys` empties the live object of whatever is not listed, before the patch's own fields are merged. */
function applyRetainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const retained = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(retained)) throw invalid('invalid patch format of retainKeys');
  for (const [key, value] of Object.entries(patch)) {
    const isDirective = key.startsWith(DELETE_SCALARS) || key.startsWith(SET_ORDER);
    if (value !== null && !isDirective && !retained.includes(key)) {
      throw invalid('invalid patch format of retainKeys');
    }
  }
  for (const key of Object.keys(original)) if (!retained.includes(key)) delete original[key];
}

/** Merges each list that has a `$setElementOrder/…` beside it, and takes both out of the patch. */
function applyElementOrders(original: JsonObject, patch: JsonObject, lookup: Lookup): void {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith('$setElementOrder')) continue;
    if (!key.startsWith(SET_ORDER)) throw invalid('invalid patch format of setElementOrder list');
    delete patch[key];
    const field = key.slice(SET_ORDER.length);
    const list = mergeOrderedField({ original, patch, field, order, rule: lookup(field) });
    if (list === undefined) continue;
    original[field] = list;
    delete patch[field];
  }
}

function mergeOrderedField(change: {
  readonly original: JsonObject;
  readonly patch: JsonObject;
  readonly field: string;
  readonly order: unknown;
  readonly rule: FieldRule;
}): unknown[] | undefined {
  const { original, patch, field, rule } = change;
  const order = requireList(change.order);
  const current = Object.hasOwn(original, field) ? requireList(original[field]) : undefined;
  const patched = Object.hasOwn(patch, field) ? requireList(patch[field]) : undefined;
  checkAgainstOrder(patched ?? [], order, rule.mergeKey);
  const merged = mergeWhatIsThere(current, patched, rule);
  if (merged === undefined) return undefined;
  elementKind(current ?? [], patched ?? []);
  return inOrderOf({ merged, patchOrder: order, liveOrder: current ?? [], mergeKey: rule.mergeKey });
}

function mergeWhatIsThere(current: unknown[] | undefined, patched: unknown[] | undefined, rule: FieldRule) {
  if (current === undefined && patched === undefined) return undefined;
  if (patched === undefined) return current;
  if (current === undefined) return listWithoutDirectives(patched);
  return mergeListField([...current], patched, { rule, isDeletion: false });
}

/** The patch's elements must appear in the order list, in its order; deletions do not count. */
function checkAgainstOrder(patched: unknown[], order: unknown[], mergeKey: string | undefined): void {
  if (order.length === 0 || patched.length === 0) return;
  const keyOf = (element: unknown) =>
    mergeKey === undefined ? element : mergeKeyValue(requireObject(element), mergeKey);
  const kept = patched.filter((element) => !isObject(element) || element[PATCH] !== 'delete');
  let next = 0;
  let at = 0;
  while (next < kept.length && at < order.length) {
    const element = kept[next];
    if (isObject(element) && Object.hasOwn(element, PATCH)) next++;
    else if (keyOf(element) === keyOf(order[at++])) next++;
  }
  if (next < kept.length) {
    throw invalid(
      `The order in patch list:\n${goText(patched)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
  }
  if (mergeKey !== undefined) for (const element of order) keyOf(element);
}

/** All elements must be of one kind, and none a list. */
function elementKind(...lists: readonly unknown[][]): string {
  const kinds = new Set(lists.flat().map(kindOf));
  if (kinds.has('list')) throw invalid('lists of lists are not supported');
  const [kind] = kinds;
  if (kind === undefined) throw invalid('no elements in any of the given slices');
  if (kinds.size > 1) throw invalid(`list element types are not identical: ${goText(lists)}`);
  if (kind === 'null') throw invalid('null is no element of a list that merges');
  return kind;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value;
}

function lookupOf(rule: FieldRule): Lookup {
  return (field) => mergeRule(rule.type, field);
}

function fieldOfDeletion(key: string): string {
  if (!key.startsWith(DELETE_SCALARS)) throw invalid('invalid patch format of primitive list');
  return key.slice(DELETE_SCALARS.length);
}

function requireMergeKey(rule: FieldRule): string {
  if (rule.mergeKey === undefined) throw invalid('cannot merge lists without merge key for struct');
  return rule.mergeKey;
}

function mergeKeyValue(element: JsonObject, mergeKey: string): unknown {
  if (!Object.hasOwn(element, mergeKey)) {
    throw invalid(`map: ${goText(element)} does not contain declared merge key: ${mergeKey}`);
  }
  return element[mergeKey];
}

function requireList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`expected a []interface {}, but received a ${goType(value)}`);
}

function requireObject(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw invalid(`expected a map[string]interface {}, but received a ${goType(value)}`);
}

function invalid(message: string): LongshoreError {
  return new LongshoreError('invalid', message);
}
