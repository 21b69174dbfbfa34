// A request's path and method in the API server's terms: which resource, which object, which verb. Pure.

export interface ResourceRequest {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
  /** What follows the subresource; only proxies have it. */
  readonly rest?: string;
}

export interface PathRequest {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize']);

export function parseRequest(method: string, url: URL): ResourceRequest | PathRequest {
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const verb = method.toLowerCase();
  const asPath: PathRequest = { kind: 'path', verb, path: url.pathname };
  const [root] = segments;
  const group = root === 'apis' ? segments[1] : '';
  const version = root === 'apis' ? segments[2] : segments[1];
  const given = segments.slice(root === 'apis' ? 3 : 2).map(decode);
  // The older way to ask for a watch: /api/v1/watch/namespaces/…
  const isWatch = given[0] === 'watch' && given.length > 1;
  const after = isWatch ? given.slice(1) : given;
  if (
    (root !== 'api' && root !== 'apis') ||
    group === undefined ||
    version === undefined ||
    after.length === 0
  ) {
    return asPath;
  }
  const [first = '', second, third = ''] = after;
  const inNamespace = first === 'namespaces' && second !== undefined && after.length > 2;
  const scoped = inNamespace && !(after.length === 3 && NAMESPACE_SUBRESOURCES.has(third));
  const [plural = '', inPath, subresource, ...rest] = scoped ? after.slice(2) : after;
  const namespace = scoped ? second : undefined;
  const requestedVerb = isWatch ? 'watch' : resourceVerb(method, url.searchParams, inPath);
  // Who may read one object by its name may also list and watch it, selected by that name.
  const name = inPath ?? (isCollective(requestedVerb) ? selectedName(url.searchParams) : undefined);
  return {
    kind: 'resource',
    verb: requestedVerb,
    group,
    version,
    plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(rest.length === 0 ? {} : { rest: `${rest.join('/')}${url.pathname.endsWith('/') ? '/' : ''}` }),
  };
}

function resourceVerb(method: string, query: URLSearchParams, name: string | undefined): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      // With a name in the path `watch` is not looked at.
      if (name !== undefined) return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** Asks of all objects at once, whether or not a selector leaves one of them. */
export function isCollective(verb: string): boolean {
  return verb === 'list' || verb === 'watch' || verb === 'deletecollection';
}

function selectedName(query: URLSearchParams): string | undefined {
  const selector = query.get('fieldSelector') ?? '';
  return selector
    .split(',')
    .map((part) => /^metadata\.name==?([^=]+)$/.exec(part.trim())?.[1])
    .find((name) => name !== undefined);
}

export function isTrue(value: string | null | undefined): boolean {
  return value === 'true' || value === '1' || value === 'True' || value === 't';
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
