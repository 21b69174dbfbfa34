// One client's talk with an API server in a namespace of its own: every request that counts is kept with its answer.
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { eventually } from '../kit/eventually.ts';
import type { Plane } from './plane.ts';

export interface Exchange {
  readonly request: string;
  readonly status: number;
  /** Those of the answer that clients look at. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Of a watch: what it saw until it was stopped. */
  events?: unknown[];
  readonly body?: unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: scenarios read whatever the servers answer
export type Body = any;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Body;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** More headers, shown with the request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What of the body is shown with the request. */
  readonly shown?: string;
  /** What of the answer is compared; absent: all of it. */
  readonly view?: (body: Body) => unknown;
}

export interface Watch {
  /** Resolves once it has seen so many events; of the bookmarks only the end of the list counts. */
  seen(count: number): Promise<Body[]>;
  /** Resolves when the server has ended it. */
  ended(): Promise<void>;
  /** Fixes what it has seen; the connection is closed. */
  stop(): void;
}

type Identity = { readonly kind: 'admin' | 'nobody' } | { readonly kind: 'token'; readonly token: string };

export interface ConversationOptions {
  readonly plane: Plane;
  readonly namespace: string;
}

/** Patch formats by their short names. */
export const PATCH = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const SHOWN_HEADERS = ['warning', 'retry-after', 'location'] as const;
const PATIENCE_MS = 10_000;

export class Conversation implements Disposable {
  readonly namespace: string;
  readonly plane: Plane;
  readonly exchanges: Exchange[];
  readonly #connections: Connections;
  readonly #identity: Identity;
  readonly #headers: Headers;

  constructor(options: ConversationOptions, shared?: Shared) {
    this.plane = options.plane;
    this.namespace = options.namespace;
    this.exchanges = shared?.exchanges ?? [];
    this.#connections = shared?.connections ?? new Connections(options.plane);
    this.#identity = shared?.identity ?? { kind: 'admin' };
    this.#headers = shared?.headers ?? {};
  }

  /** The same talk as another user, by impersonation. */
  as(user: string, groups: string[] = []): Conversation {
    const headers = {
      'impersonate-user': user,
      ...(groups.length > 0 ? { 'impersonate-group': groups } : {}),
    };
    return this.#shared(this.#identity, headers);
  }

  withToken(token: string): Conversation {
    return this.#shared({ kind: 'token', token }, {});
  }

  anonymous(): Conversation {
    return this.#shared({ kind: 'nobody' }, {});
  }

  /** The same talk, off the record; rejects when a request fails. */
  get aside(): Aside {
    const call = async (method: string, path: string, options: SendOptions = {}): Promise<Body> => {
      const { status, body } = await this.#exchange(method, path, options);
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
      return body;
    };
    return {
      get: (path) => call('GET', path),
      create: (path, body) => call('POST', path, { body }),
      put: (path, body) => call('PUT', path, { body }),
      patch: (path, kind, body) => call('PATCH', path, { body, contentType: PATCH[kind] }),
      delete: (path, body) => call('DELETE', path, { body }),
      until: (path, holds) =>
        eventually(
          async () => {
            const answer = await this.#exchange('GET', path, {});
            return holds(answer) ? (answer.body ?? {}) : undefined;
          },
          { what: `GET ${path} as wished`, timeoutMs: PATIENCE_MS },
        ),
    };
  }

  /** A path in the namespace, of the core group or another: `in('pods/a')`, `in('leases', 'coordination.k8s.io/v1')`. */
  in(rest: string, group?: string): string {
    return `${group === undefined ? '/api/v1' : `/apis/${group}`}/namespaces/${this.namespace}/${rest}`;
  }

  get(path: string, options: SendOptions = {}): Promise<Answer> {
    return this.send('GET', path, options);
  }

  create(path: string, body: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.send('POST', path, { ...options, body });
  }

  put(path: string, body: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.send('PUT', path, { ...options, body });
  }

  patch(path: string, kind: keyof typeof PATCH, body: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.send('PATCH', path, { ...options, body, contentType: PATCH[kind] });
  }

  delete(path: string, body?: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.send('DELETE', path, { ...options, body });
  }

  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const answer = await this.#exchange(method, path, options);
    this.exchanges.push({
      request: this.#line(method, path, options),
      status: answer.status,
      ...shownHeaders(answer.headers),
      body: options.view ? options.view(answer.body) : answer.body,
    });
    return answer;
  }

  /** A path with `watch=1` in it. Anything but a stream is an ordinary answer, and the watch has ended. */
  async watch(path: string, options: SendOptions = {}): Promise<Watch> {
    const response = await this.#open('GET', path, options);
    const request = this.#line('GET', path, options);
    const events: Body[] = [];
    if (response.statusCode !== 200) {
      const body = parseBody(await textOf(response));
      this.exchanges.push({ request, status: response.statusCode ?? 0, body });
      return { seen: async () => events, ended: async () => {}, stop: () => {} };
    }
    const exchange: Exchange = { request, status: 200, ...shownHeaders(response.headers), events: [] };
    this.exchanges.push(exchange);
    this.#connections.keep(response);
    // Bookmarks come when the server likes, but for the one that ends the list.
    const shown = () => events.filter(({ type, object }) => type !== 'BOOKMARK' || isEndOfList(object));
    let open = true;
    void readEvents(response, events).then(() => {
      open = false;
    });
    return {
      async ended() {
        await eventually(() => !open, { timeoutMs: PATIENCE_MS, what: `the end of ${path}` });
      },
      async seen(count) {
        await eventually(() => shown().length >= count, {
          timeoutMs: PATIENCE_MS,
          what: `${count} events of ${path}`,
        });
        return shown();
      },
      stop() {
        const view = options.view ?? ((object: Body) => object);
        exchange.events = shown().map(({ type, object }) => ({ type, object: view(object) }));
        response.destroy();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }

  #shared(identity: Identity, headers: Headers): Conversation {
    const { exchanges } = this;
    return new Conversation(this, { exchanges, connections: this.#connections, identity, headers });
  }

  #line(method: string, path: string, { contentType, accept, headers, shown }: SendOptions): string {
    const said = {
      ...(this.#identity.kind === 'admin' ? {} : { as: this.#identity.kind }),
      ...this.#headers,
      ...(contentType ? { 'content-type': contentType } : {}),
      ...(accept ? { accept } : {}),
      ...headers,
    };
    const lines = Object.entries(said).map(([name, value]) => `${name}: ${value}`);
    return [`${method} ${path}`, ...lines, ...(shown === undefined ? [] : [shown])].join('\n');
  }

  async #exchange(method: string, path: string, options: SendOptions): Promise<Answer> {
    const response = await this.#open(method, path, options);
    const late = setTimeout(() => response.destroy(), PATIENCE_MS);
    const body = parseBody(await textOf(response).finally(() => clearTimeout(late)));
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  #open(method: string, path: string, options: SendOptions): Promise<IncomingMessage> {
    const { body, contentType = 'application/json', accept, headers } = options;
    const bytes = bytesOf(body);
    const token = this.#identity.kind === 'token' ? { authorization: `Bearer ${this.#identity.token}` } : {};
    return this.#connections.open(method, path, {
      identified: this.#identity.kind === 'admin',
      bytes,
      headers: {
        ...this.#headers,
        ...token,
        // Node.js frames the body of a DELETE only when told its length.
        ...(bytes === undefined ? {} : { 'content-type': contentType, 'content-length': bytes.length }),
        ...(accept === undefined ? {} : { accept }),
        ...headers,
      },
    });
  }
}

export interface Aside {
  get(path: string): Promise<Body>;
  create(path: string, body: unknown): Promise<Body>;
  put(path: string, body: unknown): Promise<Body>;
  patch(path: string, kind: keyof typeof PATCH, body: unknown): Promise<Body>;
  delete(path: string, body?: unknown): Promise<Body>;
  /** Looks until the answer is as wished; resolves with its body. */
  until(path: string, holds: (answer: Answer) => boolean): Promise<Body>;
}

/** A list is a header given several times. */
type Headers = OutgoingHttpHeaders;

interface Shared {
  readonly exchanges: Exchange[];
  readonly connections: Connections;
  readonly identity: Identity;
  readonly headers: Headers;
}

interface OpenOptions {
  readonly identified: boolean;
  readonly headers: Headers;
  readonly bytes: Buffer | undefined;
}

/** With the administrator's certificate and without. */
class Connections implements Disposable {
  readonly #plane: Plane;
  readonly #admin: Agent;
  readonly #bare: Agent;
  readonly #streams: IncomingMessage[] = [];

  constructor(plane: Plane) {
    this.#plane = plane;
    const { ca, certificate: cert, key } = plane;
    this.#admin = new Agent({ ca, cert, key, keepAlive: true });
    this.#bare = new Agent({ ca, keepAlive: true });
  }

  open(method: string, path: string, { identified, headers, bytes }: OpenOptions): Promise<IncomingMessage> {
    const agent = identified ? this.#admin : this.#bare;
    return new Promise((resolve, reject) => {
      const call = httpsRequest(`${this.#plane.url}${path}`, { method, headers, agent }, resolve);
      call.once('error', reject);
      call.end(bytes);
    });
  }

  /** A stream to be closed at the latest with all else. */
  keep(stream: IncomingMessage): void {
    this.#streams.push(stream);
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream.destroy();
    this.#admin.destroy();
    this.#bare.destroy();
  }
}

function isEndOfList(bookmark: Body): boolean {
  return bookmark.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true';
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readEvents(response: IncomingMessage, events: Body[]): Promise<void> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line)));
    }
  } catch {
    // Closed by stop().
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text === '' ? undefined : text;
  }
}

function shownHeaders(headers: IncomingMessage['headers']): Pick<Exchange, 'headers'> {
  const type = headers['content-type'];
  const shown: Record<string, string | readonly string[]> = {};
  if (type !== undefined && type !== 'application/json') shown['content-type'] = type;
  for (const name of SHOWN_HEADERS) {
    const value = headers[name];
    if (value !== undefined) shown[name] = value;
  }
  return Object.keys(shown).length > 0 ? { headers: shown } : {};
}
