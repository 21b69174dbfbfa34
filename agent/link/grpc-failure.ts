// The one place where gRPC failures become our errors.
import { type ServiceError, status } from '@grpc/grpc-js';
import { type ErrorCode, LongshoreError } from '../../common/errors.ts';

const CODES: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.CANCELLED]: 'cancelled',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.NOT_FOUND]: 'not-found',
  [status.ALREADY_EXISTS]: 'already-exists',
  [status.PERMISSION_DENIED]: 'forbidden',
  [status.UNAUTHENTICATED]: 'unauthenticated',
  [status.FAILED_PRECONDITION]: 'precondition',
  [status.RESOURCE_EXHAUSTED]: 'exhausted',
  [status.ABORTED]: 'conflict',
  [status.UNAVAILABLE]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'unavailable',
};

const MAX_DETAILS = 1000;

/** Idempotent; whatever is no gRPC failure counts as `unavailable`, because the stream is gone with it. */
export function fromGrpc(error: unknown): LongshoreError {
  if (error instanceof LongshoreError) return error;
  if (!isServiceError(error))
    return new LongshoreError('unavailable', 'the connection broke', { cause: error });
  return new LongshoreError(CODES[error.code] ?? 'internal', error.details.slice(0, MAX_DETAILS), {
    cause: error,
  });
}

/** Whether it was the peer, or the library in its place, that ended the call; not we. */
export function isCallEnd(failure: LongshoreError): boolean {
  return isServiceError(failure.cause);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
