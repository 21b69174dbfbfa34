// A small client of the pods of one namespace: plain HTTPS and one watch, so that what is measured is not the client.
import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { parse } from 'yaml';
import type { Pod } from '../../common/pod.ts';

export interface PodApi extends AsyncDisposable {
  create(pod: object): Promise<void>;
  /** Without grace: the object goes when its containers have. */
  delete(name: string): Promise<void>;
  /** Of a pod that was seen; throws when there is none. */
  uid(name: string): string;
  /** Resolves when every one of these pods, as last seen, satisfies the condition; undefined: there is none. */
  until(
    names: readonly string[],
    holds: (pod: Pod | undefined) => boolean,
    patienceMs?: number,
  ): Promise<void>;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Pod;
}

const PATH = '/api/v1/namespaces/default/pods';

export async function openPodApi(kubeconfig: string): Promise<PodApi> {
  const connection = connect(kubeconfig);
  const seen = new Map<string, Pod>();
  const listeners = new Set<() => void>();
  let broken: Error | undefined;
  const list = JSON.parse(await call(connection, 'GET', PATH)) as {
    metadata: { resourceVersion: string };
    items: Pod[];
  };
  for (const pod of list.items) seen.set(pod.metadata.name, pod);

  let version = list.metadata.resourceVersion;
  let watch: ClientRequest;
  const fail = (error: Error) => {
    broken = error;
    for (const look of listeners) look();
  };
  /** A server ends the watch of a client that is slow, as this one is on a busy machine; then it goes on where it was. */
  const follow = () => {
    watch = request({
      ...connection,
      path: `${PATH}?watch=true&timeoutSeconds=3600&resourceVersion=${version}`,
    });
    watch.on('error', fail);
    watch.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('error', fail);
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) note(JSON.parse(line) as WatchEvent);
        for (const look of listeners) look();
      });
      response.on('end', () => (broken ? undefined : follow()));
    });
    watch.end();
  };
  follow();

  function note({ type, object }: WatchEvent): void {
    if (type === 'ERROR') {
      fail(new Error(`the watch ends: ${JSON.stringify(object)}`));
      return;
    }
    version = object.metadata.resourceVersion ?? version;
    if (type === 'DELETED') seen.delete(object.metadata.name);
    else if (type === 'ADDED' || type === 'MODIFIED') seen.set(object.metadata.name, object);
  }

  return {
    create: async (pod) => {
      await call(connection, 'POST', PATH, pod);
    },
    delete: async (name) => {
      await call(connection, 'DELETE', `${PATH}/${name}?gracePeriodSeconds=1`);
    },
    uid(name) {
      const pod = seen.get(name);
      if (!pod) throw new Error(`there is no pod ${name}`);
      return pod.metadata.uid;
    },
    until: (names, holds, patienceMs = 300_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => finish(new Error(`waited too long for ${names.length} pods, ${names[0]} among them`)),
          patienceMs,
        );
        const finish = (error?: Error) => {
          clearTimeout(timer);
          listeners.delete(look);
          if (error) reject(error);
          else resolve();
        };
        const look = () => {
          if (broken) finish(broken);
          else if (names.every((name) => holds(seen.get(name)))) finish();
        };
        listeners.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      broken ??= new Error('no longer followed');
      watch.destroy();
      connection.agent.destroy();
    },
  };
}

type Connection = RequestOptions & { readonly agent: Agent };

/** The current context's server and credentials. */
function connect(kubeconfig: string): Connection {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const current = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === current?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === current?.user)?.user;
  if (!cluster) throw new Error(`${kubeconfig} names no cluster`);
  const { hostname, port } = new URL(cluster.server);
  const data = (base64: string | undefined) => base64 && Buffer.from(base64, 'base64');
  return {
    hostname,
    port,
    ca: data(cluster['certificate-authority-data']) || undefined,
    cert: data(user?.['client-certificate-data']) || undefined,
    key: data(user?.['client-key-data']) || undefined,
    headers: user?.['token'] ? { authorization: `Bearer ${user['token']}` } : {},
    agent: new Agent({ keepAlive: true, maxSockets: 16 }),
  };
}

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly { name: string; cluster: { server: string; [key: string]: string } }[];
  readonly users: readonly { name: string; user: Readonly<Record<string, string>> }[];
}

function call(connection: Connection, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { ...connection.headers, 'content-type': 'application/json' };
    const outgoing = request({ ...connection, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 300) resolve(text);
        else reject(new Error(`${method} ${path}: ${statusCode} ${text.slice(0, 500)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}
