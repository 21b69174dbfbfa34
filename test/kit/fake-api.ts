// A small working model of the API server behind the KubeClient interface, in memory and without sockets, so that it
// works with a manual clock: objects by path, versions and their conflicts, UIDs, merge patches (conditions merged by
// type), preconditions, list and watch. What it does not model it throws on. Failures are scripted by `before`.
import { randomUUID } from 'node:crypto';
import { errorOfAnswer, errorOfConnection } from '../../controller/kube/api-error.ts';
import type { KubeClient, KubeRequest, StreamRequest } from '../../controller/kube/client.ts';

export interface FakeObject {
  metadata: Record<string, unknown> & { name: string; uid: string; resourceVersion: string };
  [field: string]: unknown;
}

export interface FakeApi extends KubeClient {
  /** Every request so far, as `METHOD path`. */
  readonly calls: string[];
  /** Runs before each request; may throw, or wait, in place of the server. */
  before: (request: KubeRequest) => void | Promise<void>;
  object(path: string): FakeObject | undefined;
  list(collection: string): FakeObject[];
  /** As another client: creates or replaces, with a version of its own. */
  put(path: string, object: object): FakeObject;
  remove(path: string): void;
  /** Watches open now. */
  readonly watches: number;
}

/** What changed something there, or was meant to. */
export const writes = ({ calls }: FakeApi) => calls.filter((call) => !call.startsWith('GET'));
export const connectionLost = () => errorOfConnection('https://fake', new Error('lost'));
export const statusError = (statusCode: number, reason = '') =>
  errorOfAnswer('scripted', { statusCode, body: JSON.stringify({ reason, message: reason }) });

export function createFakeApi(): FakeApi {
  const objects = new Map<string, FakeObject>();
  const watchers = new Set<{ readonly collection: string; push(type: string, object: FakeObject): void }>();
  let version = 100;

  const tell = (type: string, path: string, object: FakeObject) => {
    const collection = path.slice(0, path.lastIndexOf('/'));
    for (const watcher of watchers) if (watcher.collection === collection) watcher.push(type, object);
  };
  const store = (path: string, body: object, before: FakeObject | undefined): FakeObject => {
    const copy = structuredClone(body) as FakeObject;
    copy.metadata = {
      ...copy.metadata,
      uid: before?.metadata.uid ?? randomUUID(),
      resourceVersion: `${++version}`,
    };
    objects.set(path, copy);
    tell(before ? 'MODIFIED' : 'ADDED', path, copy);
    return copy;
  };
  const remove = (path: string) => {
    const object = objects.get(path);
    if (!object) return;
    objects.delete(path);
    tell('DELETED', path, { ...object, metadata: { ...object.metadata, resourceVersion: `${++version}` } });
  };

  const answer = (request: KubeRequest): object => {
    const { method, path } = request;
    const body = (request.body ?? {}) as FakeObject;
    if (method === 'POST') {
      const target = `${path}/${body.metadata.name}`;
      if (objects.has(target)) throw statusError(409, 'AlreadyExists');
      return store(target, body, undefined);
    }
    const target = path.replace(/\/status$/, '');
    const current = objects.get(target);
    if (method === 'GET' && !current && isCollection(objects, path)) {
      const { labelSelector } = request.query ?? {};
      const items = listOf(objects, path).filter((object) => hasLabel(object, labelSelector));
      return { metadata: { resourceVersion: `${version}` }, items };
    }
    if (!current) throw statusError(404, 'NotFound');
    if (method === 'GET') return current;
    const asked =
      method === 'DELETE' ? (body['preconditions'] as Partial<FakeObject['metadata']>) : body.metadata;
    for (const field of ['uid', 'resourceVersion'] as const) {
      if (asked?.[field] !== undefined && asked[field] !== current.metadata[field])
        throw statusError(409, 'Conflict');
    }
    if (method === 'PUT') return store(target, body, current);
    if (method === 'PATCH') return store(target, merge(current, body) as FakeObject, current);
    remove(target);
    return current;
  };

  const api: FakeApi = {
    server: 'https://fake',
    namespace: undefined,
    calls: [],
    before: () => undefined,
    object: (path) => objects.get(path),
    list: (collection) => listOf(objects, collection),
    put: (path, object) => store(path, object, objects.get(path)),
    remove,
    get watches() {
      return watchers.size;
    },
    async request<T>(request: KubeRequest): Promise<T> {
      request.signal?.throwIfAborted();
      api.calls.push(`${request.method} ${request.path}`);
      await untilAborted(Promise.resolve(api.before(request)), request.signal);
      return structuredClone(answer(request)) as T;
    },
    async stream({ path, signal }: StreamRequest): Promise<AsyncIterable<Buffer>> {
      return watchStream(path, watchers, signal);
    },
    async [Symbol.asyncDispose]() {},
  };
  return api;
}

function isCollection(objects: ReadonlyMap<string, unknown>, path: string): boolean {
  return /\/(nodes|pods|agents|leases|events|secrets)$/.test(path) && !objects.has(path);
}

function listOf(objects: ReadonlyMap<string, FakeObject>, collection: string): FakeObject[] {
  return [...objects].filter(([path]) => path.startsWith(`${collection}/`)).map(([, object]) => object);
}

/** Of selectors only the bare key is modelled, and a watch tells of everything. */
function hasLabel({ metadata }: FakeObject, key: unknown): boolean {
  return key === undefined || Object.hasOwn((metadata['labels'] ?? {}) as object, String(key));
}

async function* watchStream(
  collection: string,
  watchers: Set<{ readonly collection: string; push(type: string, object: FakeObject): void }>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const pending: Buffer[] = [];
  let notify: () => void = () => undefined;
  const watcher = {
    collection,
    push(type: string, object: FakeObject) {
      pending.push(Buffer.from(`${JSON.stringify({ type, object })}\n`));
      notify();
    },
  };
  watchers.add(watcher);
  signal.addEventListener('abort', () => notify(), { once: true });
  try {
    while (!signal.aborted) {
      const next = pending.shift();
      if (next) yield next;
      else {
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
    }
    throw signal.reason;
  } finally {
    watchers.delete(watcher);
  }
}

async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  await Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/** Merge patch, with lists of conditions merged by `type` and `$patch: replace` dropped. */
function merge(current: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergeList(current, patch);
  if (typeof patch !== 'object' || patch === null) return patch;
  const result: Record<string, unknown> = { ...(current as object | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function mergeList(current: unknown, patch: unknown[]): unknown[] {
  const items = patch.filter((item) => !(item as { $patch?: string }).$patch) as {
    type?: string;
    status?: string;
  }[];
  const isConditions = items.length > 0 && items.every((item) => item.type && item.status);
  if (!isConditions || !Array.isArray(current)) return items;
  const rest = current.filter((old: { type?: string }) => !items.some((item) => item.type === old.type));
  return [...rest, ...items];
}
