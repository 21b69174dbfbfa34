// Validation against a CRD's openAPIV3Schema, in the real server's words: types, required fields, enums, patterns,
// bounds, formats and the keys of lists that are maps. Defaults are not filled in; rules are in crd-rules.ts.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, invalidField, required, unsupported } from './api-error.ts';
import { isObject, listAt, objectAt, objectsAt, stringAt, stringsAt } from './json.ts';
import type { JsonObject } from './resource.ts';

const SERVERS_OWN: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** Errors of a whole object; apiVersion, kind and metadata are the server's own business. */
export function schemaErrors(object: JsonObject, schema: JsonObject): FieldError[] {
  const properties = Object.entries(objectAt(schema, 'properties') ?? {});
  const needed = stringsAt(schema, 'required').filter((key) => !SERVERS_OWN.has(key));
  const own = {
    ...schema,
    properties: Object.fromEntries(properties.filter(([key]) => !SERVERS_OWN.has(key))),
    required: needed,
  };
  const body = Object.fromEntries(Object.entries(object).filter(([key]) => !SERVERS_OWN.has(key)));
  return checked(body, own, ROOT);
}

/** Errors of the status alone, as a write to /status reports them. */
export function statusSchemaErrors(object: JsonObject, schema: JsonObject): FieldError[] {
  const part = objectAt(schema, 'properties', 'status');
  const { status } = object;
  return part === undefined || status === undefined
    ? []
    : checked(status, part, { field: 'status', body: '' });
}

/** Where a value stands: as an error names it, and as the schema's own words do. */
interface Place {
  readonly field: string;
  readonly body: string;
}

const ROOT: Place = { field: '', body: '' };

function checked(value: unknown, schema: JsonObject, place: Place): FieldError[] {
  return [...check(value, schema, place), ...listMapErrors(value, schema, place)];
}

function check(value: unknown, schema: JsonObject, place: Place): FieldError[] {
  if (value === null && schema['nullable'] === true) return [];
  const mismatch = typeMismatch(value, schema);
  if (mismatch) return [typeError(place, goType(value), mismatch)];
  return [
    ...enumErrors(value, schema, place),
    ...(typeof value === 'string' ? stringErrors(value, schema, place) : []),
    ...(typeof value === 'number' ? numberErrors(value, schema, place) : []),
    ...(Array.isArray(value) ? listErrors(value, schema, place) : []),
    ...(isObject(value) ? objectErrors(value, schema, place) : []),
    ...objectsAt(schema, 'allOf').flatMap((part) => check(value, part, place)),
  ];
}

function typeError({ field, body }: Place, shown: string, type: string): FieldError {
  const quoted = JSON.stringify(shown);
  return {
    type: 'typeInvalid',
    field,
    detail: `${quoted}: ${body} in body must be of type ${type}: ${quoted}`,
  };
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

function enumErrors(value: unknown, schema: JsonObject, { field }: Place): FieldError[] {
  const allowed = listAt(schema, 'enum');
  return allowed.length === 0 || allowed.includes(value)
    ? []
    : [unsupported(field, value, allowed.map(String))];
}

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function stringErrors(value: string, schema: JsonObject, place: Place): FieldError[] {
  const isFormed = schema['format'] !== 'date-time' || DATE_TIME.test(value);
  const found = stringError(value, schema, place);
  return [...(found ? [found] : []), ...(isFormed ? [] : [typeError(place, value, 'date-time')])];
}

/** The first of them alone. */
function stringError(value: string, schema: JsonObject, { field, body }: Place): FieldError | undefined {
  const { pattern, minLength, maxLength } = schema;
  if (typeof maxLength === 'number' && value.length > maxLength) {
    return { type: 'tooLong', field, detail: `may not be more than ${maxLength} bytes` };
  }
  if (typeof minLength === 'number' && value.length < minLength) {
    return invalidField(field, value, `${body} in body should be at least ${minLength} chars long`);
  }
  if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value)) {
    return invalidField(field, value, `${body} in body should match '${pattern}'`);
  }
  return undefined;
}

function numberErrors(value: number, schema: JsonObject, { field, body }: Place): FieldError[] {
  const { minimum, maximum } = schema;
  const errors: FieldError[] = [];
  if (typeof minimum === 'number' && value < minimum) {
    errors.push(invalidField(field, value, `${body} in body should be greater than or equal to ${minimum}`));
  }
  if (typeof maximum === 'number' && value > maximum) {
    errors.push(invalidField(field, value, `${body} in body should be less than or equal to ${maximum}`));
  }
  return errors;
}

function listErrors(value: readonly unknown[], schema: JsonObject, place: Place): FieldError[] {
  const { minItems, maxItems } = schema;
  const { field, body } = place;
  const items = objectAt(schema, 'items');
  const errors = items ? value.flatMap((item, index) => check(item, items, element(place, index))) : [];
  if (typeof minItems === 'number' && value.length < minItems) {
    errors.push(invalidField(field, value.length, `${body} in body should have at least ${minItems} items`));
  }
  if (typeof maxItems === 'number' && value.length > maxItems)
    errors.push(tooMany(field, value.length, maxItems));
  return errors;
}

function tooMany(field: string, count: number, limit: number): FieldError {
  return { type: 'tooMany', field, detail: `${count}: must have at most ${limit} items` };
}

function objectErrors(value: JsonObject, schema: JsonObject, place: Place): FieldError[] {
  const { maxProperties } = schema;
  const count = Object.keys(value).length;
  const missing = stringsAt(schema, 'required').filter(
    (key) => value[key] === undefined || value[key] === null,
  );
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const sub = schemaOf(schema, key);
    return sub && item !== undefined && !missing.includes(key) ? check(item, sub, child(place, key)) : [];
  });
  return [
    ...(typeof maxProperties === 'number' && count > maxProperties
      ? [tooMany(place.field, count, maxProperties)]
      : []),
    ...missing.map((key) => required(child(place, key).field)),
    ...inside,
  ];
}

/** Lists whose elements have a key of their own hold each key once. */
function listMapErrors(value: unknown, schema: JsonObject, place: Place): FieldError[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => {
      const sub = schemaOf(schema, key);
      return sub ? listMapErrors(item, sub, child(place, key)) : [];
    });
  }
  if (!Array.isArray(value)) return [];
  const items = objectAt(schema, 'items');
  const inside = items
    ? value.flatMap((item, index) => listMapErrors(item, items, element(place, index)))
    : [];
  if (schema['x-kubernetes-list-type'] !== 'map') return inside;
  const keys = stringsAt(schema, 'x-kubernetes-list-map-keys');
  const identities = value.map((item) => (isObject(item) ? pick(item, keys) : {}));
  const again = identities.flatMap((identity, index): FieldError[] => {
    const first = identities.findIndex((other) => isDeepStrictEqual(other, identity));
    if (first === index) return [];
    return [{ type: 'duplicate', field: element(place, index).field, detail: JSON.stringify(identity) }];
  });
  return [...inside, ...again];
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}

function schemaOf(schema: JsonObject, key: string): JsonObject | undefined {
  return objectAt(schema, 'properties', key) ?? objectAt(schema, 'additionalProperties');
}

function child({ field, body }: Place, key: string): Place {
  return { field: field === '' ? key : `${field}.${key}`, body: body === '' ? key : `${body}.${key}` };
}

function element({ field, body }: Place, index: number): Place {
  return { field: `${field}[${index}]`, body: `${body}[${index}]` };
}
