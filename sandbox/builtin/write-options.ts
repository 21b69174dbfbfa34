// The options of a write: dry run and how strict to be about fields, checked as the real server checks them. A DELETE's
// are in its body or in its query, never in both.
import { badRequest, type FieldError, invalid, invalidField, unsupported } from './api-error.ts';
import { at, isObject, stringAt } from './json.ts';
import { integerOption } from './list-options.ts';
import type { DeleteOptions } from './objects.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface WriteQuery {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};
const VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;

/** Throws a 422. */
export function writeQuery(query: URLSearchParams, verb: string): WriteQuery {
  const dryRun = query.getAll('dryRun');
  const given = query.get('fieldValidation') || 'Warn';
  const fieldValidation = VALIDATIONS.find((value) => value === given);
  const errors = dryRunErrors(dryRun);
  if (!fieldValidation) errors.push(unsupported('fieldValidation', given, ['', ...VALIDATIONS]));
  refuse(OPTIONS_KINDS[verb] ?? 'UpdateOptions', errors);
  return { dryRun: dryRun.length > 0, fieldValidation: fieldValidation ?? 'Warn' };
}

/** Throws a 400 or a 422. */
export function deleteOptions(body: unknown, query: URLSearchParams): Omit<DeleteOptions, 'user'> {
  if (body === undefined) return checkedOptions(queryOptions(query));
  if (!isObject(body)) throw badRequest('the body of a DELETE must be DeleteOptions');
  const grace = at(body, 'gracePeriodSeconds') ?? undefined;
  if (grace !== undefined && typeof grace !== 'number') {
    const where = 'Go struct field DeleteOptions.gracePeriodSeconds of type int64';
    throw badRequest(`json: cannot unmarshal ${typeof grace} into ${where}`);
  }
  const dryRun = at(body, 'dryRun');
  return checkedOptions({
    grace,
    policy: stringAt(body, 'propagationPolicy'),
    orphan: at(body, 'orphanDependents'),
    dryRun: Array.isArray(dryRun) ? dryRun.map(String) : [],
    uid: stringAt(body, 'preconditions', 'uid'),
    resourceVersion: stringAt(body, 'preconditions', 'resourceVersion'),
  });
}

interface GivenOptions {
  readonly grace: number | undefined;
  readonly policy: string | undefined;
  readonly orphan: unknown;
  readonly dryRun: readonly string[];
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

function queryOptions(query: URLSearchParams): GivenOptions {
  const orphan = query.get('orphanDependents');
  return {
    grace: query.has('gracePeriodSeconds') ? integerOption(query, 'gracePeriodSeconds') : undefined,
    policy: query.get('propagationPolicy') ?? undefined,
    orphan: orphan === null ? undefined : orphan === 'true',
    dryRun: query.getAll('dryRun'),
  };
}

const PROPAGATIONS = ['Foreground', 'Background', 'Orphan'] as const;

function checkedOptions({ grace, policy = '', orphan, dryRun, uid, resourceVersion }: GivenOptions) {
  const errors = dryRunErrors(dryRun);
  const found = PROPAGATIONS.find((candidate) => candidate === policy);
  if (policy !== '' && typeof orphan === 'boolean') {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalidField('propagationPolicy', policy, why));
  } else if (policy !== '' && !found) {
    errors.push(unsupported('propagationPolicy', policy, [...PROPAGATIONS, 'nil']));
  }
  refuse('DeleteOptions', errors);
  const propagation = found ?? (orphan === true ? ('Orphan' as const) : undefined);
  return {
    dryRun: dryRun.length > 0,
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(grace === undefined ? {} : { graceSeconds: grace }),
    ...(propagation ? { propagation } : {}),
  };
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  return values.every((value) => value === 'All') ? [] : [unsupported('dryRun', values, ['All'])];
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
}
