// The one place where our error codes become gRPC statuses. What did not come from us is logged by the caller and told
// to the peer as an internal error, without its text.
import { type StatusObject, status } from '@grpc/grpc-js';
import { describeError, type ErrorCode, errorCode, LongshoreError } from '../../common/errors.ts';

const STATUS: Readonly<Record<ErrorCode, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  'already-exists': status.ALREADY_EXISTS,
  conflict: status.ABORTED,
  precondition: status.FAILED_PRECONDITION,
  exhausted: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  cancelled: status.CANCELLED,
  internal: status.INTERNAL,
};

/** Such as `NotFound`. */
export function statusName(code: status): string {
  if (code === status.OK) return 'OK';
  const words = (status[code] ?? 'UNKNOWN').toLowerCase().split('_');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const MAX_DETAILS = 1000;

export function grpcStatus(error: unknown): Pick<StatusObject, 'code' | 'details'> {
  if (!(error instanceof LongshoreError)) {
    return { code: status.INTERNAL, details: 'internal error: see the log of the controller' };
  }
  return { code: STATUS[errorCode(error)], details: describeError(error).slice(0, MAX_DETAILS) };
}
