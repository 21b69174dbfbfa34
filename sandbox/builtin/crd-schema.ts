// Validation against a CRD's openAPIV3Schema: types, required fields, enums, patterns and bounds. Defaults, pruning of
// unknown fields and CEL rules are not done here.
import { type FieldError, invalidField, required, unsupported } from './api-error.ts';
import { isObject, listAt, objectAt, objectsAt, stringAt } from './json.ts';
import type { JsonObject } from './resource.ts';

const SKIPPED: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Errors of a whole object; apiVersion, kind and metadata are the server's own business. */
export function schemaErrors(object: JsonObject, schema: JsonObject): FieldError[] {
  const body = Object.fromEntries(Object.entries(object).filter(([key]) => !SKIPPED.has(key)));
  const properties = objectAt(schema, 'properties') ?? {};
  const own = Object.fromEntries(Object.entries(properties).filter(([key]) => !SKIPPED.has(key)));
  const needed = listAt(schema, 'required').filter((key) => typeof key === 'string' && !SKIPPED.has(key));
  return check(body, { ...schema, properties: own, required: needed }, '');
}

function check(value: unknown, schema: JsonObject, path: string): FieldError[] {
  if (value === null && schema['nullable'] === true) return [];
  const mismatch = typeMismatch(value, schema);
  if (mismatch) {
    const shown = isObject(value) ? 'object' : Array.isArray(value) ? 'array' : value;
    const detail = `${JSON.stringify(shown)}: ${path} in body must be of type ${mismatch}: ${JSON.stringify(goType(value))}`;
    return [{ type: 'typeInvalid', field: path, detail }];
  }
  return [
    ...enumErrors(value, schema, path),
    ...(typeof value === 'string' ? stringErrors(value, schema, path) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, path) : []),
    ...(Array.isArray(value) ? listErrors(value, schema, path) : []),
    ...(isObject(value) ? objectErrors(value, schema, path) : []),
    ...objectsAt(schema, 'allOf').flatMap((part) => check(value, part, path)),
  ];
}

function typeMismatch(value: unknown, schema: JsonObject): string | undefined {
  const type = stringAt(schema, 'type');
  if (schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' || Number.isInteger(value) ? undefined : 'integer or string';
  }
  switch (type) {
    case 'object':
      return isObject(value) ? undefined : type;
    case 'array':
      return Array.isArray(value) ? undefined : type;
    case 'string':
    case 'boolean':
    case 'number':
      return typeof value === type ? undefined : type;
    case 'integer':
      return Number.isInteger(value) ? undefined : type;
    default:
      return undefined;
  }
}

function goType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function enumErrors(value: unknown, schema: JsonObject, path: string): FieldError[] {
  const allowed = listAt(schema, 'enum');
  return allowed.length === 0 || allowed.includes(value)
    ? []
    : [unsupported(path, value, allowed.map(String))];
}

function stringErrors(value: string, schema: JsonObject, path: string): FieldError[] {
  const { pattern, minLength, maxLength } = schema;
  const errors: FieldError[] = [];
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    errors.push(invalidField(path, value, `${path} in body should match '${pattern}'`));
  }
  if (typeof minLength === 'number' && value.length < minLength) {
    errors.push(invalidField(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (typeof maxLength === 'number' && value.length > maxLength) {
    errors.push({ type: 'tooLong', field: path, detail: `may not be more than ${maxLength} bytes` });
  }
  return errors;
}

function numberErrors(value: number, schema: JsonObject, path: string): FieldError[] {
  const { minimum, maximum } = schema;
  const errors: FieldError[] = [];
  if (typeof minimum === 'number' && value < minimum) {
    errors.push(invalidField(path, value, `${path} in body should be greater than or equal to ${minimum}`));
  }
  if (typeof maximum === 'number' && value > maximum) {
    errors.push(invalidField(path, value, `${path} in body should be less than or equal to ${maximum}`));
  }
  return errors;
}

function listErrors(value: readonly unknown[], schema: JsonObject, path: string): FieldError[] {
  const { minItems, maxItems } = schema;
  const items = objectAt(schema, 'items');
  const errors = items ? value.flatMap((item, index) => check(item, items, `${path}[${index}]`)) : [];
  if (typeof minItems === 'number' && value.length < minItems) {
    errors.push(invalidField(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  if (typeof maxItems === 'number' && value.length > maxItems) {
    errors.push(invalidField(path, value.length, `must have at most ${maxItems} items`));
  }
  return errors;
}

function objectErrors(value: JsonObject, schema: JsonObject, path: string): FieldError[] {
  const properties = objectAt(schema, 'properties') ?? {};
  const additional = objectAt(schema, 'additionalProperties');
  const child = (key: string) => (path === '' ? key : `${path}.${key}`);
  const missing = listAt(schema, 'required')
    .filter((key) => typeof key === 'string')
    .filter((key) => value[key] === undefined)
    .map((key) => required(child(key)));
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const sub = objectAt(properties, key) ?? additional;
    return sub && item !== undefined ? check(item, sub, child(key)) : [];
  });
  return [...missing, ...inside];
}
