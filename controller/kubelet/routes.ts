// What the kubelet API serves and what a caller needs for it: one path, read once, decides both the route and the
// access that is asked for, so the two can never disagree.
import type { ResourceAttributes } from '../model/access.ts';
import { HEALTH_CHECKS, type HealthCheck } from './health-checks.ts';
import type { CountedRequest } from './kubelet-meter.ts';

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Where the path names it. */
  readonly uid?: string;
}

export type Route =
  | ({ readonly kind: 'containerLogs' } & Omit<ContainerTarget, 'uid'>)
  /** Upgraded to streams. */
  | ({ readonly kind: 'exec' | 'attach' } & ContainerTarget)
  | ({ readonly kind: 'portForward' } & Omit<ContainerTarget, 'container'>)
  | ({ readonly kind: 'run' } & ContainerTarget)
  | { readonly kind: 'pods' }
  | { readonly kind: 'runningPods' }
  | FiguresRoute
  | { readonly kind: 'configz' }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'healthz'; readonly checks: readonly HealthCheck[] }
  | { readonly kind: 'metrics' }
  /** How the health checks go. */
  | { readonly kind: 'slis' }
  | { readonly kind: 'methodNotAllowed'; readonly allow: string }
  | { readonly kind: 'notFound' };

/** What the node and its pods use. */
export interface FiguresRoute {
  readonly kind: 'figures';
  readonly what: 'summary' | 'resource' | 'cadvisor' | 'probes';
}

export interface Target {
  /** Percent-decoded; no trailing empty one. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Undefined for what is no path of ours to decode. Nothing is normalised: `..` is a name like any other. */
export function parseTarget(url: string): Target | undefined {
  if (!url.startsWith('/')) return undefined;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    if (segments.at(-1) === '') segments.pop();
    return { segments, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark)) };
  } catch {
    return undefined;
  }
}

type Parameters = Readonly<Partial<Record<string, string>>>;

interface Row {
  /** Segments as they are; `:name` matches one segment that is not empty. */
  readonly path: string;
  readonly methods: readonly string[];
  readonly route: (parameters: Parameters) => Route;
}

const healthz = (checks: readonly HealthCheck[]) => (): Route => ({ kind: 'healthz', checks });
const figures = (what: FiguresRoute['what']) => (): Route => ({ kind: 'figures', what });

const command =
  (kind: 'exec' | 'attach' | 'run') =>
  ({ namespace = '', pod = '', uid, container = '' }: Parameters): Route => ({
    kind,
    namespace,
    pod,
    container,
    ...(uid === undefined ? {} : { uid }),
  });

const portForward = ({ namespace = '', pod = '', uid }: Parameters): Route => ({
  kind: 'portForward',
  namespace,
  pod,
  ...(uid === undefined ? {} : { uid }),
});

const TABLE: readonly Row[] = [
  {
    path: 'containerLogs/:namespace/:pod/:container',
    methods: ['GET'],
    route: ({ namespace = '', pod = '', container = '' }) => ({
      kind: 'containerLogs',
      namespace,
      pod,
      container,
    }),
  },
  { path: 'pods', methods: ['GET'], route: () => ({ kind: 'pods' }) },
  { path: 'metrics', methods: ['GET'], route: () => ({ kind: 'metrics' }) },
  { path: 'runningpods', methods: ['GET'], route: () => ({ kind: 'runningPods' }) },
  { path: 'stats/summary', methods: ['GET'], route: figures('summary') },
  { path: 'metrics/resource', methods: ['GET'], route: figures('resource') },
  { path: 'metrics/cadvisor', methods: ['GET'], route: figures('cadvisor') },
  { path: 'metrics/probes', methods: ['GET'], route: figures('probes') },
  { path: 'metrics/slis', methods: ['GET'], route: () => ({ kind: 'slis' }) },
  { path: 'configz', methods: ['GET'], route: () => ({ kind: 'configz' }) },
  {
    path: 'checkpoint/:namespace/:pod/:container',
    methods: ['POST'],
    route: () => ({ kind: 'checkpoint' }),
  },
  { path: 'healthz', methods: ['GET'], route: healthz(HEALTH_CHECKS) },
  ...HEALTH_CHECKS.map((check) => ({
    path: `healthz/${check}`,
    methods: ['GET'],
    route: healthz([check]),
  })),
  { path: 'exec/:namespace/:pod/:container', methods: ['GET', 'POST'], route: command('exec') },
  { path: 'exec/:namespace/:pod/:uid/:container', methods: ['GET', 'POST'], route: command('exec') },
  { path: 'attach/:namespace/:pod/:container', methods: ['GET', 'POST'], route: command('attach') },
  { path: 'attach/:namespace/:pod/:uid/:container', methods: ['GET', 'POST'], route: command('attach') },
  { path: 'portForward/:namespace/:pod', methods: ['GET', 'POST'], route: portForward },
  { path: 'portForward/:namespace/:pod/:uid', methods: ['GET', 'POST'], route: portForward },
  { path: 'run/:namespace/:pod/:container', methods: ['POST'], route: command('run') },
  { path: 'run/:namespace/:pod/:uid/:container', methods: ['POST'], route: command('run') },
];

const ROWS = TABLE.map((row) => ({ ...row, pattern: row.path.split('/') }));

export function findRoute(method: string, segments: readonly string[]): Route {
  for (const row of ROWS) {
    const parameters = match(row.pattern, segments);
    if (!parameters) continue;
    if (!row.methods.includes(method)) return { kind: 'methodNotAllowed', allow: row.methods.join(', ') };
    return row.route(parameters);
  }
  return { kind: 'notFound' };
}

/** Its route as those who count it may say it: without names, one word for all that is no route. */
export function describeRequest(method: string, segments: readonly string[]): CountedRequest {
  const row = ROWS.find(({ pattern }) => match(pattern, segments));
  const names = row?.pattern.findIndex((part) => part.startsWith(':')) ?? -1;
  const fixed = names < 0 ? row?.pattern : row?.pattern.slice(0, names);
  const first = segments[0] ?? '';
  return {
    method: Object.hasOwn(VERBS, method) ? method : 'other',
    path: fixed?.join('/') ?? 'Invalid path',
    isLongRunning: row !== undefined && RUNS_COMMANDS.has(first) && first !== 'run',
  };
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** A WebSocket is opened by GET: who may only look at a node must not run commands by it. */
const RUNS_COMMANDS: ReadonlySet<string> = new Set(['exec', 'attach', 'portForward', 'run']);

/** By first segment; each alternative suffices, the narrower one is asked first. Everything else is `proxy`. */
const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'],
  metrics: ['metrics'],
  logs: ['log'],
  checkpoint: ['checkpoint'],
  pods: ['pods', 'proxy'],
  runningpods: ['pods', 'proxy'],
  healthz: ['healthz', 'proxy'],
  configz: ['configz', 'proxy'],
  flagz: ['configz'],
  statusz: ['statusz'],
};

export interface AccessRequest {
  readonly method: string;
  readonly segments: readonly string[];
  readonly nodeName: string;
}

/** The accesses of which one must be allowed; empty for a method that the API has no verb for. */
export function accessAlternatives(request: AccessRequest): ResourceAttributes[] {
  const first = request.segments[0] ?? '';
  const verb = VERBS[request.method] && (RUNS_COMMANDS.has(first) ? 'create' : VERBS[request.method]);
  if (!verb) return [];
  const subresources = Object.hasOwn(SUBRESOURCES, first) ? SUBRESOURCES[first] : undefined;
  return (subresources ?? ['proxy']).map((subresource) => ({
    group: '',
    version: 'v1',
    resource: 'nodes',
    subresource,
    name: request.nodeName,
    verb,
  }));
}

function match(pattern: readonly string[], segments: readonly string[]): Parameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined;
    } else if (actual === '') return undefined;
    else parameters[expected.slice(1)] = actual;
  }
  return parameters;
}
