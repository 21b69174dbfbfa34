// Asks for a short-lived token of a ServiceAccount.
import { ApiError } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { corePath } from './resource-path.ts';

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  /** At least 600. */
  readonly expirationSeconds: number;
  /** The token dies with this pod. */
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly signal?: AbortSignal;
}

export interface ServiceAccountToken {
  readonly token: string;
  /** RFC 3339, by the API server's clock. */
  readonly expirationTimestamp: string;
  /** May be other than what was asked for. */
  readonly lifetimeSeconds: number;
}

interface Answer {
  readonly spec?: { readonly expirationSeconds?: number };
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

export async function requestToken(client: KubeClient, request: TokenRequest): Promise<ServiceAccountToken> {
  const { namespace, serviceAccount, audiences, expirationSeconds, pod, signal } = request;
  const path = corePath({
    namespace,
    resource: 'serviceaccounts',
    name: serviceAccount,
    subresource: 'token',
  });
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences,
      expirationSeconds,
      ...(pod ? { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod } } : {}),
    },
  };
  const { spec, status } = await client.request<Answer>({
    method: 'POST',
    path,
    body,
    ...(signal ? { signal } : {}),
  });
  const { token, expirationTimestamp } = status ?? {};
  if (token && expirationTimestamp && !Number.isNaN(Date.parse(expirationTimestamp))) {
    return { token, expirationTimestamp, lifetimeSeconds: spec?.expirationSeconds ?? expirationSeconds };
  }
  throw new ApiError('unavailable', `POST ${path}: the answer holds no token`);
}
