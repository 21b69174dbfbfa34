// Secrets and ConfigMaps: stringData becomes data, the type of a Secret is fixed, and `immutable` holds.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, forbiddenField, invalidField, required } from '../api-error.ts';
import { ensureObject, objectAt, setDefault } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { JsonObject } from '../resource.ts';
import type { KindStrategy } from '../strategy.ts';

const KEY = /^[-._a-zA-Z0-9]+$/;

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
  return [
    ...keysOf(data, 'data'),
    ...(sizeOf(data, 'base64') > MAX_BYTES ? [tooLong('data')] : []),
    ...typeErrors(secret, data),
  ];
}

const NEEDED_KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

/** What the types of Kubernetes' own must hold. */
function typeErrors(secret: KubeObject, data: JsonObject): FieldError[] {
  const type = String(secret['type']);
  const missing = (NEEDED_KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key));
  const errors = missing.map((key) => required(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth' && !data['username'] && !data['password']) {
    errors.push(required('data[username]'), required('data[password]'));
  }
  const account = 'kubernetes.io/service-account.name';
  if (type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[account]) {
    errors.push(required(`metadata.annotations[${account}]`));
  }
  const key = /^kubernetes\.io\/docker/.test(type) ? NEEDED_KEYS[type]?.[0] : undefined;
  const json = key === undefined ? undefined : data[key];
  const problem = typeof json === 'string' ? jsonProblem(Buffer.from(json, 'base64').toString()) : undefined;
  if (problem) errors.push(invalidField(`data[${key}]`, '<secret contents redacted>', problem));
  return errors;
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    // The parser's own words would quote what is secret.
    return 'invalid character in JSON';
  }
}

function configMapErrors(map: KubeObject): FieldError[] {
  const data = objectAt(map, 'data') ?? {};
  const binary = objectAt(map, 'binaryData') ?? {};
  const twice = Object.keys(data).filter((key) => Object.hasOwn(binary, key));
  return [
    ...keysOf(data, 'data'),
    ...twice.map((key) => invalidField(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keysOf(binary, 'binaryData'),
    ...(sizeOf(data, 'utf8') + sizeOf(binary, 'base64') > MAX_BYTES ? [tooLong('[]')] : []),
  ];
}

const MAX_BYTES = 1024 * 1024;

function sizeOf(data: JsonObject, encoding: 'utf8' | 'base64'): number {
  return Object.values(data).reduce(
    (sum: number, value) => sum + Buffer.byteLength(String(value), encoding),
    0,
  );
}

function tooLong(field: string): FieldError {
  return { type: 'tooLong', field, detail: `may not be more than ${MAX_BYTES} bytes` };
}

function keysOf(data: object, field: string): FieldError[] {
  return Object.keys(data).flatMap((key) =>
    keyProblems(key).map((problem) => invalidField(`${field}[${key}]`, key, problem)),
  );
}

function keyProblems(key: string): string[] {
  const problems: string[] = [];
  if (key.length > 253) problems.push('must be no more than 253 characters');
  if (!KEY.test(key)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === '.' || key === '..') problems.push(`must not be '${key}'`);
  else if (key.startsWith('..')) problems.push("must not start with '..'");
  return problems;
}

function immutableErrors(next: KubeObject, current: KubeObject, fields: readonly string[]): FieldError[] {
  if (current['immutable'] !== true) return [];
  const errors = fields
    .filter((field) => !isDeepStrictEqual(next[field], current[field]))
    .map((field) => forbiddenField(field, 'field is immutable when `immutable` is set'));
  if (next['immutable'] === true) return errors;
  return [...errors, forbiddenField('immutable', 'field is immutable when `immutable` is set')];
}
