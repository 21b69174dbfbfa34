// What the CLI reads of the cluster beside the fleet: events, as they are and as they come, and pods.
import type { Clock } from '../../common/clock.ts';
import { createLog } from '../../common/log.ts';
import { AGENT_ANNOTATION, SAID_BY_ANNOTATION } from '../../common/names.ts';
import type { Pod } from '../../common/pod.ts';
import type { Endpoint } from '../cli/stream-client.ts';
import type { ResourceAttributes } from '../model/access.ts';
import { reviewOwnAccess } from './access-reviewer.ts';
import { isStatus } from './api-error.ts';
import { createKubeClient, type KubeClient, type Query } from './client.ts';
import { type CredentialsOptions, loadCredentials } from './kubeconfig.ts';
import { listAll, PAGE_SIZE } from './list-all.ts';
import type { ObservedNode } from './node-follower.ts';
import { createReflector } from './reflector.ts';
import { corePath, eventPath, nodePath, podPath } from './resource-path.ts';
import { decodeObject, type KubeObject } from './watch.ts';

/** A pod as one asks for it. */
interface NewPod {
  readonly metadata: { readonly namespace: string };
}

export interface EventSelection {
  readonly namespace?: string | undefined;
  readonly fields?: string | undefined;
}

export function openClusterReader(options: CredentialsOptions & { readonly clock: Clock }) {
  const { clock } = options;
  const log = createLog({ name: 'longshore', level: 'silent' });
  const client: KubeClient = createKubeClient({ ...options, log });
  return {
    async events({ namespace, fields }: EventSelection, signal?: AbortSignal) {
      const { items } = await listAll<KubeEvent>(client, {
        path: eventPath(namespace),
        query: { fieldSelector: fields },
        ...{ pageSize: PAGE_SIZE, signal },
      });
      return items.map(decodeEvent).sort((a, b) => a.lastMs - b.lastMs);
    },
    async followEvents(
      { namespace, fields }: EventSelection,
      told: (events: readonly DecodedEvent[]) => void,
      signal: AbortSignal,
    ): Promise<void> {
      const { promise: refused, reject } = Promise.withResolvers<never>();
      const ended = new AbortController();
      /** What the first list holds, until it is complete. */
      let listed: DecodedEvent[] | undefined = [];
      const reflector = createReflector<KubeEvent>(
        {
          ...{ client, path: eventPath(namespace), ...(fields && { fieldSelector: fields }) },
          observer: {
            changed: (event) => {
              if (listed) listed.push(decodeEvent(event));
              else told([decodeEvent(event)]);
            },
            synced: () => {
              told((listed ?? []).sort((a, b) => a.lastMs - b.lastMs));
              listed = undefined;
            },
          },
          failed: (error) => {
            if (isStatus(error, 401) || isStatus(error, 403)) reject(error);
          },
        },
        { clock, log },
      );
      try {
        await Promise.race([reflector.run(AbortSignal.any([signal, ended.signal])), refused]);
      } finally {
        ended.abort();
        refused.catch(() => undefined);
      }
    },
    async version(signal?: AbortSignal): Promise<string> {
      const { gitVersion } = await client.request<{ readonly gitVersion?: string }>({
        ...{ method: 'GET', path: '/version', ...(signal && { signal }) },
      });
      return gitVersion ?? 'unknown';
    },
    may: (attributes: ResourceAttributes) => reviewOwnAccess(client, attributes),
    nodeProxy: (node: string, path: string, signal?: AbortSignal) =>
      text(client, { path: `${nodePath(node, 'proxy')}${path}`, ...(signal && { signal }) }),
    async pod(namespace: string, name: string, signal?: AbortSignal): Promise<Pod | undefined> {
      const path = podPath({ namespace, name });
      try {
        const pod = await client.request({ method: 'GET', path, ...(signal && { signal }) });
        return decodeObject(path, pod) as Pod;
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async secret(namespace: string, name: string, signal?: AbortSignal) {
      try {
        const path = corePath({ namespace, resource: 'secrets', name });
        const found = await client.request<KubeSecret>({ method: 'GET', path, ...(signal && { signal }) });
        return { type: found.type ?? '', data: found.data ?? {} };
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async createPod(pod: NewPod, signal?: AbortSignal): Promise<void> {
      const path = podPath({ namespace: pod.metadata.namespace });
      await client.request({ method: 'POST', path, body: pod, ...(signal && { signal }) });
    },
    async deletePod(namespace: string, name: string): Promise<void> {
      const path = podPath({ namespace, name });
      try {
        await client.request({ method: 'DELETE', path });
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
      }
    },
    async kubeletAddress(node: string, signal?: AbortSignal) {
      const { status } = await client.request<ObservedNode>({
        ...{ method: 'GET', path: nodePath(node), ...(signal && { signal }) },
      });
      const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
      const port = status?.daemonEndpoints?.kubeletEndpoint?.Port;
      return host === undefined || port === undefined ? undefined : { host, port };
    },
    async endpoint(): Promise<Endpoint | undefined> {
      const credentials = loadCredentials(options, clock);
      try {
        const { headers, direct } = await credentials.access();
        return direct && { url: credentials.server, headers, tls: direct };
      } finally {
        await credentials.close();
      }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

interface KubeSecret {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

const MAX_TEXT = 64 * 1024;
const TEXT_TIMEOUT_MS = 15_000;

/** The beginning of an answer that is no JSON. */
async function text(
  client: KubeClient,
  { path, query, signal }: { readonly path: string; readonly query?: Query; readonly signal?: AbortSignal },
): Promise<string> {
  const enough = new AbortController();
  const stream = await client.stream({
    ...{ path, ...(query && { query }), idleTimeoutMs: TEXT_TIMEOUT_MS },
    signal: AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]),
  });
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= MAX_TEXT) break;
  }
  enough.abort();
  return Buffer.concat(parts).subarray(0, MAX_TEXT).toString('utf8');
}

/** As the API server gives it: everything may be missing. */
interface KubeEvent extends KubeObject {
  readonly metadata: KubeObject['metadata'] & {
    readonly creationTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly involvedObject?: Readonly<Record<'kind' | 'namespace' | 'name' | 'uid' | 'fieldPath', string>>;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
}

type DecodedEvent = ReturnType<typeof decodeEvent>;

/** Of both generations: those that count in place, and those that are a series. */
function decodeEvent(event: KubeEvent) {
  const { metadata, involvedObject, series, source } = event;
  const first = time(event.firstTimestamp) || time(event.eventTime) || time(metadata.creationTimestamp);
  return {
    uid: metadata.uid,
    type: event.type ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.count || series?.count || 1,
    firstMs: first,
    lastMs: time(series?.lastObservedTime) || time(event.lastTimestamp) || first,
    kind: involvedObject?.kind ?? '',
    namespace: involvedObject?.namespace ?? '',
    name: involvedObject?.name ?? '',
    objectUid: involvedObject?.uid ?? '',
    fieldPath: involvedObject?.fieldPath ?? '',
    component: source?.component || event.reportingComponent || '',
    host: source?.host ?? '',
    agent: metadata.annotations?.[AGENT_ANNOTATION] ?? '',
    saidByAgent: metadata.annotations?.[SAID_BY_ANNOTATION] === 'agent',
  };
}

function time(text: string | null | undefined): number {
  return Date.parse(text ?? '') || 0;
}
