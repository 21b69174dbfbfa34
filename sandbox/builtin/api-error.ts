// Errors as the API server says them: an HTTP code and a `Status` object, worded like the real one's because kubectl
// and controllers read reason, details and causes.
import { describeError, type ErrorCode, errorCode, LongshoreError } from '../../common/errors.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';

export class ApiError extends Error {
  readonly httpCode: number;
  readonly status: JsonObject;

  constructor(httpCode: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.name = 'ApiError';
    this.httpCode = httpCode;
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code: httpCode,
    };
  }

  get reason(): string {
    return typeof this.status['reason'] === 'string' ? this.status['reason'] : '';
  }
}

export interface FieldError {
  readonly type:
    | 'required'
    | 'invalid'
    | 'unsupported'
    | 'duplicate'
    | 'forbidden'
    | 'tooLong'
    | 'tooMany'
    | 'typeInvalid';
  readonly field: string;
  readonly detail: string;
}

const FIELD_REASONS: Record<FieldError['type'], readonly [string, string]> = {
  required: ['FieldValueRequired', 'Required value'],
  invalid: ['FieldValueInvalid', 'Invalid value'],
  unsupported: ['FieldValueNotSupported', 'Unsupported value'],
  duplicate: ['FieldValueDuplicate', 'Duplicate value'],
  forbidden: ['FieldValueForbidden', 'Forbidden'],
  tooLong: ['FieldValueTooLong', 'Too long'],
  tooMany: ['FieldValueTooMany', 'Too many'],
  typeInvalid: ['FieldValueTypeInvalid', 'Invalid value'],
};

export const required = (field: string, detail = ''): FieldError => ({ type: 'required', field, detail });
export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'forbidden',
  field,
  detail,
});
export const invalidField = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'invalid',
  field,
  detail: `${JSON.stringify(value)}: ${detail}`,
});
export const duplicateField = (field: string, value: unknown): FieldError => ({
  type: 'duplicate',
  field,
  detail: JSON.stringify(value),
});
export const unsupported = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  type: 'unsupported',
  field,
  detail: `${JSON.stringify(value)}: supported values: ${allowed.map((item) => JSON.stringify(item)).join(', ')}`,
});

type Named = Pick<ResourceDefinition, 'group' | 'plural'>;

const qualified = (resource: Named) =>
  resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;

const details = (resource: Named, name?: string): JsonObject => ({
  ...(name === undefined || name === '' ? {} : { name }),
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
});

export const notFound = (resource: Named, name: string) =>
  new ApiError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name));

export const alreadyExists = (resource: Named, name: string) =>
  new ApiError(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    details(resource, name),
  );

export const conflict = (resource: Named, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details(resource, name),
  );

export const modified = (resource: Named, name: string) =>
  conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

export const forbidden = (resource: Named, name: string, why: string) =>
  new ApiError(
    403,
    'Forbidden',
    `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    details(resource, name),
  );

/** Nothing new is made in a namespace that is going. */
export function namespaceTerminating(resource: Named, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `${qualified(resource)} ${JSON.stringify(name)} is forbidden: ${why}`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError(403, 'Forbidden', message, { ...details(resource, name), causes: [cause] });
}

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message);

/** An error of which the real server's handlers know nothing but its words: a 500 without a reason. */
export const plainError = (message: string) => new ApiError(500, '', message);

export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const expired = (message: string) => new ApiError(410, 'Expired', message);

export const methodNotAllowed = () =>
  new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );

export const unknownPath = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});

export const tooLarge = () =>
  new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');

export const tooManyRequests = (
  message: string,
  retryAfterSeconds: number,
  causes: readonly JsonObject[] = [],
) =>
  new ApiError(429, 'TooManyRequests', message, {
    ...(causes.length === 0 ? {} : { causes }),
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });

/** What the real server's router says to a patch format it does not know, and to a JSON patch that cannot be applied. */
export const unsupportedPatchType = () =>
  new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

export const unprocessable = () =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

export const unsupportedMediaType = (accepted: readonly string[]) =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const internalError = (message: string) =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });

export function invalid(
  resource: Pick<ResourceDefinition, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const texts = errors.map(fieldErrorText);
  const qualifiedKind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
  const distinct = [...new Set(texts)];
  const list = distinct.length === 1 ? distinct[0] : `[${distinct.join(', ')}]`;
  return new ApiError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    ...(resource.kind === '' ? {} : { kind: resource.kind }),
    causes: errors.map(({ type, field, detail }) => {
      const [reason, words] = FIELD_REASONS[type];
      return { reason, message: `${words}${detail === '' ? '' : `: ${detail}`}`, field };
    }),
  });
}

export function fieldErrorText({ type, field, detail }: FieldError): string {
  const [, words] = FIELD_REASONS[type];
  return `${field}: ${words}${detail === '' ? '' : `: ${detail}`}`;
}

const HTTP_CODES: Record<ErrorCode, readonly [number, string]> = {
  invalid: [400, 'BadRequest'],
  unauthenticated: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  'not-found': [404, 'NotFound'],
  'already-exists': [409, 'AlreadyExists'],
  conflict: [409, 'Conflict'],
  precondition: [409, 'Conflict'],
  exhausted: [429, 'TooManyRequests'],
  unavailable: [503, 'ServiceUnavailable'],
  cancelled: [499, ''],
  internal: [500, 'InternalError'],
};

/** Whatever was thrown, as a Status: the one place where that is decided. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof LongshoreError)) return internalError(describeError(error));
  const [code, reason] = HTTP_CODES[errorCode(error)];
  return new ApiError(code, reason, describeError(error));
}
