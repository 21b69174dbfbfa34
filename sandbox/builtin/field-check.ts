// What a typed API server finds when it decodes an object: fields it does not know, which it drops and reports as the
// request's `fieldValidation` says, and values of the wrong type, which it refuses. Custom resources go by their own schema.
import { parseQuantity } from '../../common/quantity.ts';
import { prune } from './crd-pruning.ts';
import { isObject } from './json.ts';
import { metadataProblem } from './kube-object.ts';
import { type Model, type Models, readModels } from './openapi/models.ts';
import { definitionName, isCustom } from './openapi/schemas.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';
import { QUANTITIES } from './typed-form.ts';

export interface FieldCheck {
  /** The object without its unknown fields. */
  readonly object: JsonObject;
  /** For example `unknown field "spec.containers[0].imge"`: a Warning header each, or together a 400 when strict. */
  readonly unknown: readonly string[];
  /** For example `json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string`. */
  readonly mistyped: string | undefined;
}

/** Reads the models once; the function it returns is pure. */
export function createFieldCheck(): (resource: ResourceDefinition, object: JsonObject) => FieldCheck {
  const models = readModels();
  const byName = new Map(Object.values(models).map((model) => [model.name, model]));
  return (resource, object) => {
    if (isCustom(resource)) return checkCustom(resource, object);
    const model = byName.get(definitionName(resource));
    if (!model) return { object, unknown: [], mistyped: undefined };
    const walk: Walk = { models, unknown: [], mistyped: [] };
    const checked = checkModel(walk, { model, object, path: '', structPath: '' });
    return { object: checked, unknown: walk.unknown, mistyped: walk.mistyped[0] };
  };
}

function checkCustom({ schema }: ResourceDefinition, object: JsonObject): FieldCheck {
  const { object: kept, unknown } = schema ? prune(object, schema) : { object, unknown: [] };
  const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  return { object: kept, unknown: problems, mistyped: metadataProblem(kept) };
}

/** What is wrong in a strict request's object, as the API server words it. */
export function strictProblem(unknown: readonly string[]): string {
  return `strict decoding error: ${unknown.join(', ')}`;
}

/** The whole of what it then answers. */
export function decodingMessage({ kind, version }: ResourceDefinition, problem: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`;
}

interface Walk {
  readonly models: Models;
  readonly unknown: string[];
  readonly mistyped: string[];
}

interface Struct {
  readonly model: Model;
  readonly object: JsonObject;
  readonly path: string;
  readonly structPath: string;
}

function checkModel(walk: Walk, { model, object, path, structPath }: Struct): JsonObject {
  const kept: JsonObject = {};
  const struct = model.name.slice(model.name.lastIndexOf('.') + 1);
  for (const [name, value] of Object.entries(object)) {
    const field = Object.hasOwn(model.fields, name) ? model.fields[name] : undefined;
    const at = path === '' ? name : `${path}.${name}`;
    if (!field) walk.unknown.push(`unknown field ${JSON.stringify(at)}`);
    else {
      const place: Place = { path: at, structPath: `${structPath}.${name}`, owner: struct, name };
      kept[name] = checkValue(walk, { ...place, type: field.type, format: field.format ?? '' }, value);
    }
  }
  return kept;
}

interface Place {
  /** With indexes and map keys, as unknown fields are reported. */
  readonly path: string;
  /** Without them, as mistyped ones are; starts with a dot. */
  readonly structPath: string;
  /** The struct that holds the field. */
  readonly owner: string;
  readonly name: string;
}

interface Expected extends Place {
  readonly type: string;
  readonly format: string;
}

function checkValue(walk: Walk, expected: Expected, value: unknown): unknown {
  if (value === null || expected.type === 'any') return value;
  const element = /^Array<(.+)>$/.exec(expected.type)?.[1];
  if (element !== undefined) {
    if (!Array.isArray(value)) return refuse(walk, expected, value);
    return value.map((item, index) =>
      checkValue(walk, { ...expected, type: element, path: `${expected.path}[${index}]` }, item),
    );
  }
  const mapped = /^\{ \[key: string\]: (.+); \}$/.exec(expected.type)?.[1];
  const model = walk.models[expected.type];
  if (mapped === undefined && !model) return checkScalar(walk, expected, value);
  if (!isObject(value)) return refuse(walk, expected, value);
  if (model)
    return checkModel(walk, { model, object: value, path: expected.path, structPath: expected.structPath });
  const entries = Object.entries(value).map(([key, item]) => {
    const entry = { ...expected, type: mapped ?? 'any', path: `${expected.path}.${key}` };
    return [key, checkValue(walk, entry, item)] as const;
  });
  return Object.fromEntries(entries);
}

function checkScalar(walk: Walk, expected: Expected, value: unknown): unknown {
  const isNumber = typeof value === 'number';
  switch (expected.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : refuse(walk, expected, value);
    case 'number':
      return isNumber && (expected.format === 'double' || Number.isInteger(value))
        ? value
        : refuse(walk, expected, value);
    case 'IntOrString':
      return isNumber || typeof value === 'string' ? value : refuse(walk, expected, value);
    default: {
      const problem = typeof value === 'string' ? timeProblem(expected.type, value) : undefined;
      if (problem) walk.mistyped.push(problem);
      if (QUANTITIES.has(expected.name) && !isQuantity(value)) walk.mistyped.push(NO_QUANTITY);
      if (expected.format === 'byte' && typeof value === 'string') return checkBase64(walk, value);
      const isText = typeof value === 'string' || (isNumber && QUANTITIES.has(expected.name));
      return isText ? value : refuse(walk, expected, value);
    }
  }
}

const NO_QUANTITY =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function isQuantity(value: unknown): boolean {
  return parseQuantity(String(value)) !== undefined;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** A time with microseconds must have all six digits of them. */
function timeProblem(type: string, text: string): string | undefined {
  const [pattern, layout] =
    type === 'Date'
      ? [TIME, '2006-01-02T15:04:05Z07:00']
      : type === 'V1MicroTime'
        ? [MICRO_TIME, '2006-01-02T15:04:05.000000Z07:00']
        : [/^/, ''];
  if (pattern.test(text) && (layout === '' || !Number.isNaN(Date.parse(text)))) return undefined;
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse it`;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function checkBase64(walk: Walk, text: string): string {
  if (!BASE64.test(text)) {
    const strange = text.search(/[^A-Za-z0-9+/=]/);
    walk.mistyped.push(`illegal base64 data at input byte ${strange < 0 ? text.length : strange}`);
  }
  return text;
}

function refuse(walk: Walk, expected: Expected, value: unknown): unknown {
  const place = `${expected.owner}${expected.structPath}`;
  walk.mistyped.push(
    `json: cannot unmarshal ${jsonKind(value)} into Go struct field ${place} of type ${goTypeOf(expected, walk.models)}`,
  );
  return value;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'number' && !Number.isInteger(value) ? `number ${value}` : typeof value;
}

function goTypeOf(
  { type, format }: { readonly type: string; readonly format: string },
  models: Models,
): string {
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) return `[]${goTypeOf({ type: element, format }, models)}`;
  const mapped = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (mapped !== undefined) return `map[string]${goTypeOf({ type: mapped, format }, models)}`;
  const model = models[type];
  if (model) return `v1.${model.name.slice(model.name.lastIndexOf('.') + 1)}`;
  if (type === 'boolean') return 'bool';
  if (type === 'number') return format === 'double' ? 'float64' : format || 'int64';
  if (type === 'IntOrString') return 'intstr.IntOrString';
  return type === 'Date' ? 'v1.Time' : 'string';
}
