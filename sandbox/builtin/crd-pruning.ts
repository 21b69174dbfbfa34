// What of a custom object its definition knows: everything else is dropped when it comes in, and reported.
import { isObject, objectAt } from './json.ts';
import type { JsonObject } from './resource.ts';

export interface Pruned {
  readonly object: JsonObject;
  /** Paths of what was dropped, those nearer to the root first. */
  readonly unknown: readonly string[];
}

const SERVERS_OWN = ['apiVersion', 'kind', 'metadata'];

export function prune(object: JsonObject, schema: JsonObject): Pruned {
  const unknown: string[] = [];
  const own = Object.fromEntries(
    SERVERS_OWN.map((key) => [key, { 'x-kubernetes-preserve-unknown-fields': true }]),
  );
  const root = { ...schema, properties: { ...objectAt(schema, 'properties'), ...own } };
  const kept = pruneObject(object, root, { path: '', unknown });
  const depth = (path: string) => path.split(/[.[]/).length;
  return { object: kept, unknown: unknown.toSorted((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)) };
}

interface Walk {
  readonly path: string;
  readonly unknown: string[];
}

function pruneObject(object: JsonObject, schema: JsonObject, { path, unknown }: Walk): JsonObject {
  const properties = objectAt(schema, 'properties');
  const additional = schema['additionalProperties'];
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true || additional === true;
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    const at = path === '' ? key : `${path}.${key}`;
    const sub = objectAt(properties, key) ?? (isObject(additional) ? additional : undefined);
    if (sub) kept[key] = pruneValue(value, sub, { path: at, unknown });
    else if (keepsAll) kept[key] = value;
    else unknown.push(at);
  }
  return kept;
}

function pruneValue(value: unknown, schema: JsonObject, { path, unknown }: Walk): unknown {
  if (isObject(value)) return pruneObject(value, schema, { path, unknown });
  const items = objectAt(schema, 'items');
  if (!Array.isArray(value) || !items) return value;
  return value.map((item, index) => pruneValue(item, items, { path: `${path}[${index}]`, unknown }));
}
