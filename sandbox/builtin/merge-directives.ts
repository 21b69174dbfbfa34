// The directives of a strategic merge patch by name, and what is done so that none of them, and no null, ends up in an
// object that is stored.
import { isObject } from './json.ts';
import type { JsonObject } from './resource.ts';

export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const SET_ORDER = '$setElementOrder/';
export const DELETE_SCALARS = '$deleteFromPrimitiveList/';

/** What is left of a patch value that meets nothing to merge with; undefined when it was itself a directive. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return listWithoutDirectives(value);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, PATCH)) return undefined;
  const kept = Object.entries(value).map(([key, item]) => [key, withoutDirectives(item)] as const);
  return Object.fromEntries(kept.filter(([, item]) => item !== undefined));
}

export function listWithoutDirectives(list: readonly unknown[]): unknown[] {
  return list.map(withoutDirectives).filter((item) => item !== undefined);
}

export function dropDirectivesAndNulls(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([key, value]) => value !== null && !isDirectiveKey(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, cleaned(value)]));
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  return isObject(value) ? dropDirectivesAndNulls(value) : value;
}

function isDirectiveKey(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(SET_ORDER) || key.startsWith(DELETE_SCALARS);
}

/** A deep copy that leaves `__proto__` out, so that no assignment below can change a prototype. */
export function cloneObject(object: JsonObject): JsonObject {
  const entries = Object.entries(object).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, value]) => [key, cloneValue(value)]));
}

function cloneValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneValue);
  return isObject(value) ? cloneObject(value) : value;
}
