// What the CLI asks of the API server: where the controller is, and a token for it.
import type { Clock } from '../../common/clock.ts';
import { ApiError, isStatus } from './api-error.ts';
import { createKubeClient } from './client.ts';
import { readConfigMap } from './config-map.ts';
import type { CredentialsOptions } from './kubeconfig.ts';
import { requestToken, type TokenRequest } from './token-request.ts';

export function openOperatorKube(options: CredentialsOptions & { readonly clock: Clock }) {
  const client = createKubeClient(options);
  return {
    readConfigMap: (ref: { readonly namespace: string; readonly name: string }) => readConfigMap(client, ref),
    requestToken: (request: TokenRequest) =>
      requestToken(client, request).catch((cause: unknown) => {
        throw isStatus(cause, 404) ? missingAccount(request, cause) : cause;
      }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

function missingAccount({ namespace, serviceAccount }: TokenRequest, cause: unknown): ApiError {
  const message = `there is no ServiceAccount ${namespace}/${serviceAccount}: apply deploy/base`;
  return new ApiError('not-found', message, { statusCode: 404, cause });
}
