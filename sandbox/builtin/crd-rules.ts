// The CEL rules of a CRD, of which one form is understood: `self.a.b.matches('regex')` at the root. Others count as kept.
import type { FieldError } from './api-error.ts';
import { objectsAt, stringAt } from './json.ts';
import type { JsonObject } from './resource.ts';

const MATCHES = /^self((?:\.\w+)+)\.matches\('(.+)'\)$/;

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
  const [, path = '', pattern = ''] = MATCHES.exec(rule) ?? [];
  if (path === '') return true;
  const value = stringAt(object, ...path.slice(1).split('.'));
  return value === undefined || new RegExp(pattern, 'u').test(value);
}

function brokenRule(rule: JsonObject): FieldError {
  const message = stringAt(rule, 'message') ?? `failed rule: ${stringAt(rule, 'rule')}`;
  return { type: 'invalid', field: '<nil>', detail: message };
}
