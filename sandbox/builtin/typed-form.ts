// An object as a typed API server gives it back, whatever a client wrote: empty values left out or shown as the Go type
// of each field has it, quantities and times in their one canonical spelling. Custom resources: their metadata only.
import { canonicalQuantity } from './canonical-quantity.ts';
import { isObject } from './json.ts';
import { type KubeObject, toKubeObject } from './kube-object.ts';
import { type Model, readModels } from './openapi/models.ts';
import { definitionName, isCustom } from './openapi/schemas.ts';
import { readZeroValues, type ZeroValues } from './openapi/zero-values.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';

export type TypedForm = (resource: ResourceDefinition, object: KubeObject) => KubeObject;

/** Reads the types once; the function it returns is pure. Unknown fields stay: they are another's business. */
export function createTypedForm(): TypedForm {
  const models = readModels();
  const byName = new Map(Object.entries(models).map(([type, { name }]) => [name, type]));
  const former = new Former(models, readZeroValues());
  return (resource, object) => {
    const type = isCustom(resource) ? undefined : byName.get(definitionName(resource));
    const { apiVersion, kind } = object;
    const formed = type === undefined ? object : former.struct(type, object);
    const metadata = former.struct('V1ObjectMeta', object.metadata);
    return toKubeObject({ ...formed, apiVersion, kind, metadata });
  };
}

class Former {
  readonly #models: Readonly<Record<string, Model>>;
  readonly #zeroValues: Readonly<Record<string, ZeroValues>>;

  constructor(models: Readonly<Record<string, Model>>, zeroValues: Readonly<Record<string, ZeroValues>>) {
    this.#models = models;
    this.#zeroValues = zeroValues;
  }

  struct(type: string, object: JsonObject): JsonObject {
    const { fields = {} } = this.#models[type] ?? {};
    const { kept = [], shown = {} } = this.#zeroValues[type] ?? {};
    const formed: JsonObject = {};
    for (const [name, value] of Object.entries({ ...shown, ...withoutNulls(object) })) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      const next = field ? this.#value(field.type, name, value) : value;
      const isShown = Object.hasOwn(shown, name);
      if (!isEmpty(next) || kept.includes(name) || (isObject(next) && this.#isStruct(field?.type))) {
        formed[name] = next;
      } else if (isShown) formed[name] = shown[name];
    }
    return formed;
  }

  #isStruct(type: string | undefined): boolean {
    return type !== undefined && Object.hasOwn(this.#models, type);
  }

  #value(type: string, name: string, value: unknown): unknown {
    if (value === null || type === 'any') return value;
    const element = /^Array<(.+)>$/.exec(type)?.[1];
    if (element !== undefined)
      return Array.isArray(value) ? value.map((item) => this.#value(element, name, item)) : value;
    const mapped = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
    if (mapped !== undefined) return isObject(value) ? this.#map(mapped, name, value) : value;
    if (isObject(value)) return this.#isStruct(type) ? this.struct(type, value) : value;
    if (type === 'Date') return wholeSeconds(value);
    if (type === 'V1MicroTime') return microseconds(value);
    return QUANTITIES.has(name) ? canonicalQuantity(value) : value;
  }

  #map(type: string, name: string, map: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(map).map(([key, item]) => [key, this.#value(type, name, item)]));
  }
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== null && value !== undefined),
  );
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === '' || value === 0 || value === false;
}

function wholeSeconds(value: unknown): unknown {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? value : `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Exactly six digits, which is more than a Date holds. */
function microseconds(value: unknown): unknown {
  const seconds = wholeSeconds(value);
  if (typeof value !== 'string' || typeof seconds !== 'string' || seconds === value) return value;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  return `${seconds.slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** Fields of type Quantity, which the client library calls strings. */
export const QUANTITIES: ReadonlySet<string> = new Set([
  'allocatable',
  'allocatedResources',
  'capacity',
  'divisor',
  'limits',
  'overhead',
  'requests',
  'sizeLimit',
]);
