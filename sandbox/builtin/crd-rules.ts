// The CEL rules of a CRD, wherever they stand but within lists. Understood are `self.a.b.matches('regex')`, of a map's keys
// `self.all(key, key.matches('regex'))` or `!key.matches(…)`, and `self == oldSelf`; others count as kept. What an update
// leaves as it was is not looked at again, as the real server's ratcheting has it.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, fieldErrorText, invalidField } from './api-error.ts';
import { at, isObject, objectAt, objectsAt, stringAt } from './json.ts';
import type { JsonObject } from './resource.ts';

const MATCHES = /^self((?:\.\w+)*)\.matches\('(.+)'\)$/;
const KEYS_MATCH = /^self\.all\(key, (!?)key\.matches\('(.+)'\)\)$/;
const IMMUTABLE = 'self == oldSelf';

export interface RuledObject {
  readonly object: JsonObject;
  /** Absent when it is created. */
  readonly current?: JsonObject | undefined;
  readonly schema: JsonObject;
}

/** After the schema's own errors: some of them keep rules from being looked at, which is said too. */
export function ruleErrors(
  { object, current, schema }: RuledObject,
  found: readonly FieldError[],
): FieldError[] {
  const isBlocked = found.some(({ type }) => BLOCKING.has(type));
  if (isBlocked) return hasRules(schema) ? [UNCHECKED] : [];
  return broken(schema, { self: object, oldSelf: current, field: '' });
}

/** Those that an accepted object breaks all the same, with what an update left as it was; clients are warned of them. */
export function sparedRules(object: JsonObject, schema: JsonObject): string[] {
  return ruleErrors({ object, schema }, []).map(fieldErrorText);
}

const BLOCKING: ReadonlySet<FieldError['type']> = new Set([
  'unsupported',
  'required',
  'tooLong',
  'tooMany',
  'typeInvalid',
]);

const UNCHECKED: FieldError = {
  type: 'invalid',
  field: '<nil>',
  detail:
    'null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

interface Place {
  readonly self: unknown;
  /** Undefined: it is new. */
  readonly oldSelf: unknown;
  readonly field: string;
}

function hasRules(schema: JsonObject): boolean {
  const { properties, additionalProperties } = schema;
  const inside = [...Object.values(isObject(properties) ? properties : {}), additionalProperties];
  return objectsAt(schema, 'x-kubernetes-validations').length > 0 || inside.filter(isObject).some(hasRules);
}

function broken(schema: JsonObject, place: Place): FieldError[] {
  const { self, oldSelf, field } = place;
  if (self === undefined || isDeepStrictEqual(self, oldSelf)) return [];
  const rules = objectsAt(schema, 'x-kubernetes-validations');
  const own = rules.filter((rule) => !holds(stringAt(rule, 'rule') ?? '', place));
  const inside = Object.entries(isObject(self) ? self : {}).flatMap(([key, value]) => {
    const sub = objectAt(schema, 'properties', key) ?? objectAt(schema, 'additionalProperties');
    const child = { self: value, oldSelf: at(oldSelf, key), field: field === '' ? key : `${field}.${key}` };
    return sub ? broken(sub, child) : [];
  });
  return [...own.map((rule) => brokenRule(rule, place)), ...inside];
}

function holds(rule: string, { self, oldSelf }: Place): boolean {
  // Of something that is there already: nothing is immutable before it has been set.
  if (rule === IMMUTABLE) return oldSelf === undefined;
  const [, path = '', pattern] = MATCHES.exec(rule) ?? [];
  if (pattern !== undefined) {
    const text = path === '' ? self : at(self, ...path.slice(1).split('.'));
    return typeof text !== 'string' || new RegExp(pattern, 'u').test(text);
  }
  const [, not = '', keys] = KEYS_MATCH.exec(rule) ?? [];
  if (keys === undefined || !isObject(self)) return true;
  return Object.keys(self).every((key) => new RegExp(keys, 'u').test(key) === (not === ''));
}

function brokenRule(rule: JsonObject, { self, field }: Place): FieldError {
  const message = stringAt(rule, 'message') ?? `failed rule: ${stringAt(rule, 'rule')}`;
  // Objects are not quoted back.
  if (isObject(self)) return { type: 'invalid', field: field || '<nil>', detail: message };
  return invalidField(field, self, message);
}
