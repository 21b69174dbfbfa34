// Where a Service of ours is reached inside the cluster.
import { isIP } from 'node:net';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { corePath } from './resource-path.ts';

export interface ServiceAddress {
  /** Its ClusterIPs, the first family's first. */
  readonly ips: readonly string[];
  /** Of its first port. */
  readonly port: number;
}

/** Rejects with one clear error when there is no such Service, or none with an address. */
export async function readServiceAddress(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<ServiceAddress> {
  const { spec } = await client
    .request<{ spec?: ServiceSpec }>({
      method: 'GET',
      path: corePath({ namespace, resource: 'services', name }),
    })
    .catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
      const message = `there is no Service ${namespace}/${name}: apply deploy/base, or give --node-address`;
      throw new ApiError('not-found', message, { statusCode: 404, cause: error });
    });
  const ips = (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).filter((ip) => isIP(ip) !== 0);
  const port = spec?.ports?.[0]?.port;
  if (ips.length === 0 || port === undefined) {
    throw new ApiError(
      'precondition',
      `the Service ${namespace}/${name} has no ClusterIP: give --node-address`,
    );
  }
  return { ips, port };
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly { readonly port?: number }[];
}
