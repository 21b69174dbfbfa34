// The query of a list or watch, checked as the real server checks it before it looks at anything else.
import {
  ApiError,
  badRequest,
  type FieldError,
  forbiddenField,
  invalid,
  plainError,
  unsupported,
} from './api-error.ts';

export function checkListOptions(query: URLSearchParams, isWatch: boolean): void {
  for (const name of ['limit', 'timeoutSeconds']) integerOption(query, name);
  const errors = isWatch ? watchErrors(query) : listErrors(query);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

/** 0 when it is not given. */
export function integerOption(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  if (!/^[+-]?\d{1,18}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** Of a watch or of one object. */
export function parseRevision(text: string): number {
  const problem = revisionProblem(text);
  if (problem) throw plainError(problem);
  return Number(text);
}

export function revisionProblem(text: string): string | undefined {
  if (/^\d{1,15}$/.test(text)) return undefined;
  const quoted = JSON.stringify(text);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
}

export function futureRevision(asked: number, current: number): ApiError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  return new ApiError(504, 'Timeout', `Timeout: ${message}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

const MATCH = 'resourceVersionMatch';

function listErrors(query: URLSearchParams): FieldError[] {
  const match = query.get(MATCH) ?? '';
  const version = query.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  if (match !== '') {
    if (version === '') {
      errors.push(forbiddenField(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`));
    }
    errors.push(...continueErrors(query));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(unsupported(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && version === '0') {
      errors.push(forbiddenField(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`));
    }
  }
  if (query.has('sendInitialEvents')) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(query: URLSearchParams): FieldError[] {
  const match = query.get(MATCH) ?? '';
  const initial = query.has('sendInitialEvents');
  const errors: FieldError[] = [];
  if (initial && match !== 'NotOlderThan') {
    errors.push(forbiddenField(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`));
  }
  if (match === '') return errors;
  if (!initial) {
    errors.push(
      forbiddenField(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`),
    );
  }
  if (match !== 'NotOlderThan') errors.push(unsupported(MATCH, match, ['NotOlderThan']));
  return [...errors, ...continueErrors(query)];
}

function continueErrors(query: URLSearchParams): FieldError[] {
  if (!query.get('continue')) return [];
  return [forbiddenField(MATCH, `${MATCH} is forbidden when continue is provided`)];
}
