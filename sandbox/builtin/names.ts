// Rules for names, labels and annotations, with the real server's words.
import { type FieldError, invalidField, required } from './api-error.ts';
import type { KubeObject, OwnerReference } from './kube-object.ts';

export type NameRule = 'subdomain' | 'label' | 'label1035' | 'path';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** What is wrong with a name; undefined when it is good. */
export function nameProblem(name: string, rule: NameRule): string | undefined {
  switch (rule) {
    case 'subdomain':
      if (name.length > 253) return 'must be no more than 253 characters';
      return SUBDOMAIN.test(name)
        ? undefined
        : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    case 'label':
      if (name.includes('.')) return 'must not contain dots';
      if (name.length > 63) return 'must be no more than 63 characters';
      return LABEL.test(name)
        ? undefined
        : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    case 'label1035':
      if (name.length > 63) return 'must be no more than 63 characters';
      return LABEL_1035.test(name)
        ? undefined
        : "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    case 'path':
      if (name === '.' || name === '..') return `may not be '${name}'`;
      return /[/%]/.test(name) ? `may not contain '${name.includes('/') ? '/' : '%'}'` : undefined;
    default:
      return rule satisfies never;
  }
}

/** What is wrong with a key or the name of a resource, a finalizer, a condition; nothing when it is good. */
export function qualifiedNameProblems(key: string): string[] {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (name.includes('/')) return [TOO_MANY_PARTS];
  const problems: string[] = [];
  if (prefix !== undefined) {
    const problem = prefix === '' ? 'must be non-empty' : nameProblem(prefix, 'subdomain');
    if (problem) problems.push(`prefix part ${problem}`);
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 bytes');
  if (!QUALIFIED.test(name)) {
    problems.push(
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    );
  }
  return problems;
}

const TOO_MANY_PARTS =
  "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";

export function labelValueProblem(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 bytes';
  return LABEL_VALUE.test(value)
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

export function labelErrors(labels: Readonly<Record<string, unknown>>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const valueProblem = labelValueProblem(String(value));
    return [
      ...qualifiedNameProblems(key).map((problem) => invalidField(field, key, problem)),
      ...(valueProblem ? [invalidField(field, value, valueProblem)] : []),
    ];
  });
}

export function metadataErrors(object: KubeObject, rule: NameRule): FieldError[] {
  const {
    name = '',
    generateName,
    labels = {},
    annotations = {},
    finalizers = [],
    ownerReferences = [],
  } = object.metadata;
  const errors: FieldError[] = [];
  // The prefix of a name made here is held against the rule without what follows it.
  const prefixProblem = generateName ? nameProblem(generateName.replace(/-$/, ''), rule) : undefined;
  if (prefixProblem) errors.push(invalidField('metadata.generateName', generateName, prefixProblem));
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else {
    const problem = nameProblem(name, rule);
    if (problem) errors.push(invalidField('metadata.name', name, problem));
  }
  errors.push(...labelErrors(labels, 'metadata.labels'));
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    size += key.length + value.length;
    const problems = qualifiedNameProblems(key.toLowerCase());
    errors.push(...problems.map((problem) => invalidField('metadata.annotations', key, problem)));
  }
  if (size > MAX_ANNOTATION_BYTES) {
    errors.push({
      type: 'tooLong',
      field: 'metadata.annotations',
      detail: `may not be more than ${MAX_ANNOTATION_BYTES} bytes`,
    });
  }
  errors.push(...finalizerErrors(finalizers));
  return [...errors, ...ownerErrors(ownerReferences)];
}

function ownerErrors(owners: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const shown = owners.map(inGoOrder);
  const errors = shown.flatMap((owner) => {
    const { apiVersion, kind } = owner;
    const empty = (['kind', 'name', 'uid'] as const).filter((name) => !owner[name]);
    return [
      ...(apiVersion ? [] : [invalidField(`${field}.apiVersion`, '', 'version must not be empty')]),
      ...empty.map((name) => invalidField(`${field}.${name}`, '', 'must not be empty')),
      ...(apiVersion === 'v1' && kind === 'Event'
        ? [invalidField(field, owner, '/v1, Kind=Event is disallowed from being an owner')]
        : []),
    ];
  });
  const controllers = owners.filter(({ controller }) => controller === true);
  const [first, second] = controllers.map(({ kind, name }) => `${kind}/${name}`);
  if (second === undefined) return errors;
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`;
  return [...errors, invalidField(field, shown, why)];
}

function inGoOrder({ apiVersion, kind, name, uid, ...rest }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid, ...rest };
}

function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  return finalizers.flatMap((finalizer, index) => {
    const problems = qualifiedNameProblems(finalizer);
    const isBare = !finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer);
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    return [
      ...problems.map((problem) => invalidField('metadata.finalizers', finalizer, problem)),
      ...(isBare ? [invalidField(`metadata.finalizers[${index}]`, finalizer, why)] : []),
    ];
  });
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['foregroundDeletion', 'kubernetes', 'orphan']);

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export function generateName(base: string): string {
  const random = crypto.getRandomValues(new Uint8Array(5));
  const suffix = Array.from(random, (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join('');
  return `${base.slice(0, 58)}${suffix}`;
}
