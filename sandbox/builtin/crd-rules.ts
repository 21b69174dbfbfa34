// The CEL rules of a CRD, of which two forms at the root are understood: `self.a.b.matches('regex')`, and for the keys of a
// map `!has(self.a.b) || self.a.b.all(key, key.matches('regex'))`. Others count as kept.
import type { FieldError } from './api-error.ts';
import { objectAt, objectsAt, stringAt } from './json.ts';
import type { JsonObject } from './resource.ts';

const MATCHES = /^self((?:\.\w+)+)\.matches\('(.+)'\)$/;
const KEYS_MATCH = /^!has\(self((?:\.\w+)+)\) \|\| self\1\.all\(key, key\.matches\('(.+)'\)\)$/;

/** After the schema's own errors: some of them keep rules from being looked at, which is said too. */
export function ruleErrors(
  object: JsonObject,
  schema: JsonObject,
  found: readonly FieldError[],
): FieldError[] {
  const rules = objectsAt(schema, 'x-kubernetes-validations');
  if (rules.length === 0) return [];
  if (found.some(({ type }) => BLOCKING.has(type))) return [UNCHECKED];
  return rules.filter((rule) => !holds(stringAt(rule, 'rule') ?? '', object)).map(brokenRule);
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

function holds(rule: string, object: JsonObject): boolean {
  const [, path = '', pattern = ''] = MATCHES.exec(rule) ?? KEYS_MATCH.exec(rule) ?? [];
  if (path === '') return true;
  const at = path.slice(1).split('.');
  const value = stringAt(object, ...at);
  const texts = value === undefined ? Object.keys(objectAt(object, ...at) ?? {}) : [value];
  return texts.every((text) => new RegExp(pattern, 'u').test(text));
}

function brokenRule(rule: JsonObject): FieldError {
  const message = stringAt(rule, 'message') ?? `failed rule: ${stringAt(rule, 'rule')}`;
  return { type: 'invalid', field: '<nil>', detail: message };
}
