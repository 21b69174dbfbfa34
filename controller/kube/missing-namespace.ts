// A 404 for making something in a namespace says that the namespace is not there.
import { ApiError, isStatus } from './api-error.ts';

export function explainMissingNamespace(error: unknown, namespace: string): unknown {
  if (!isStatus(error, 404)) return error;
  const message = `the namespace ${namespace} does not exist: apply deploy/base, or name another with --namespace`;
  return new ApiError('not-found', message, { statusCode: 404, cause: error });
}
