// Secrets and ConfigMaps: stringData becomes data, the type of a Secret is fixed, and `immutable` holds.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField, invalidField } from '../api-error.ts';
import { ensureObject, objectAt, setDefault } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { KindStrategy } from '../strategy.ts';

const KEY = /^[-._a-zA-Z0-9]+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const secretStrategy: KindStrategy = {
  prepareForCreate(secret) {
    setDefault(secret, 'type', 'Opaque');
    foldStringData(secret);
  },
  prepareForUpdate(next, current) {
    setDefault(next, 'type', current['type']);
    foldStringData(next);
  },
  validate: secretErrors,
  validateUpdate(next, current) {
    const retyped = next['type'] !== current['type'];
    return [
      ...secretErrors(next),
      ...(retyped ? [invalidField('type', next['type'], 'field is immutable')] : []),
      ...immutableErrors(next, current, ['data']),
    ];
  },
};

export const configMapStrategy: KindStrategy = {
  validate: configMapErrors,
  validateUpdate: (next, current) => [
    ...configMapErrors(next),
    ...immutableErrors(next, current, ['data', 'binaryData']),
  ],
};

function foldStringData(secret: KubeObject): void {
  const plain = objectAt(secret, 'stringData');
  if (plain) {
    const data = ensureObject(secret, 'data');
    for (const [key, value] of Object.entries(plain))
      data[key] = Buffer.from(String(value)).toString('base64');
  }
  delete secret['stringData'];
}

function secretErrors(secret: KubeObject): FieldError[] {
  const data = objectAt(secret, 'data') ?? {};
  const keyErrors = keysOf(data, 'data');
  const valueErrors = Object.entries(data)
    .filter(([, value]) => typeof value !== 'string' || !BASE64.test(value))
    .map(([key]) => invalidField(`data[${key}]`, '<secret>', 'must be base64'));
  return [...keyErrors, ...valueErrors];
}

function configMapErrors(map: KubeObject): FieldError[] {
  const strings = Object.entries(objectAt(map, 'data') ?? {})
    .filter(([, value]) => typeof value !== 'string')
    .map(([key, value]) => invalidField(`data[${key}]`, value, 'must be a string'));
  return [
    ...keysOf(objectAt(map, 'data') ?? {}, 'data'),
    ...keysOf(objectAt(map, 'binaryData') ?? {}, 'binaryData'),
    ...strings,
  ];
}

function keysOf(data: object, field: string): FieldError[] {
  return Object.keys(data)
    .filter((key) => !KEY.test(key) || key.length > 253 || key === '.' || key === '..')
    .map((key) =>
      invalidField(
        `${field}[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

function immutableErrors(next: KubeObject, current: KubeObject, fields: readonly string[]): FieldError[] {
  if (current['immutable'] !== true) return [];
  const errors = fields
    .filter((field) => !isDeepStrictEqual(next[field], current[field]))
    .map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
  if (next['immutable'] === true) return errors;
  return [...errors, forbiddenField('immutable', 'field is immutable when `immutable` is set')];
}
