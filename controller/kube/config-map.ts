// Publishes the ConfigMap by which the CLI finds and trusts the controller.
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { explainMissingNamespace } from './missing-namespace.ts';
import { corePath } from './resource-path.ts';

export interface PublishedConfigMap {
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
}

/** Makes these keys hold these values; keys of others stay. Writes only when something differs. */
export async function publishConfigMap(client: KubeClient, wanted: PublishedConfigMap): Promise<void> {
  const { namespace, name, data } = wanted;
  const path = corePath({ namespace, resource: 'configmaps', name });
  const existing = await readConfigMap(client, wanted);
  if (!existing) {
    await create(client, wanted);
    return;
  }
  if (Object.entries(data).every(([key, value]) => existing[key] === value)) return;
  await client.request({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { data },
  });
}

/** Its data; undefined when there is no such ConfigMap. */
export async function readConfigMap(
  client: KubeClient,
  { namespace, name }: Pick<PublishedConfigMap, 'namespace' | 'name'>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const path = corePath({ namespace, resource: 'configmaps', name });
  try {
    const { data } = await client.request<{ data?: Record<string, string> }>({ method: 'GET', path });
    return data ?? {};
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

async function create(client: KubeClient, { namespace, name, data }: PublishedConfigMap): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  try {
    await client.request({ method: 'POST', path: corePath({ namespace, resource: 'configmaps' }), body });
  } catch (error) {
    throw explainMissingNamespace(error, namespace);
  }
}
