// The controller's own Secrets in its own namespace: the CA's key and the hashes of join tokens. Values are text.
// Writes carry versions, so two controllers never overwrite each other unseen.
import { isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { explainMissingNamespace } from './missing-namespace.ts';
import { corePath } from './resource-path.ts';

export interface StoredSecret {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

export type NewSecret = Omit<StoredSecret, 'resourceVersion'>;

export interface SecretStore {
  get(name: string): Promise<StoredSecret | undefined>;
  /** A label's key, or a whole selector such as `longshore.dev/kind=join-token`. */
  list(labelSelector: string): Promise<StoredSecret[]>;
  /** Rejects with `already-exists`. */
  create(secret: NewSecret): Promise<StoredSecret>;
  /** Replaces labels and data; rejects with `conflict` when it has changed since it was read. */
  update(secret: StoredSecret): Promise<StoredSecret>;
  /** Idempotent; rejects with `conflict` when it has changed since it was read. */
  delete(name: string, resourceVersion: string): Promise<void>;
}

export function createSecretStore(client: KubeClient, namespace: string): SecretStore {
  const path = (name?: string) => corePath({ namespace, resource: 'secrets', ...(name ? { name } : {}) });
  return {
    async get(name) {
      try {
        return decode(await client.request<RawSecret>({ method: 'GET', path: path(name) }));
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async list(labelSelector) {
      const query = { labelSelector };
      const { items } = await client.request<{ items: RawSecret[] | null }>({
        method: 'GET',
        path: path(),
        query,
      });
      return (items ?? []).map(decode);
    },
    async create(secret) {
      try {
        return decode(
          await client.request<RawSecret>({ method: 'POST', path: path(), body: encode(secret) }),
        );
      } catch (error) {
        throw explainMissingNamespace(error, namespace);
      }
    },
    async update(secret) {
      const body = encode(secret);
      return decode(await client.request<RawSecret>({ method: 'PUT', path: path(secret.name), body }));
    },
    async delete(name, resourceVersion) {
      const body = { preconditions: { resourceVersion } };
      try {
        await client.request({ method: 'DELETE', path: path(name), body });
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
      }
    },
  };
}

interface RawSecret {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

function decode({ metadata, data = {} }: RawSecret): StoredSecret {
  const { name, resourceVersion, labels = {} } = metadata;
  return {
    name,
    resourceVersion,
    labels,
    data: mapValues(data, (value) => Buffer.from(value, 'base64').toString()),
  };
}

function encode({ name, labels, data, resourceVersion }: NewSecret & Partial<StoredSecret>): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name, labels, resourceVersion },
    data: mapValues(data, (value) => Buffer.from(value).toString('base64')),
  };
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
