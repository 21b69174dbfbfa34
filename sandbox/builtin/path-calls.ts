// Requests that name no resource: health, version, discovery, OpenAPI.
import type { ApiContext } from './api-context.ts';
import { methodNotAllowed, unknownPath } from './api-error.ts';
import { aggregated, apiGroup, apiVersions, groupList, resourceList } from './discovery.ts';
import {
  OPENAPI_V2_PROTOBUF_ACCEPTED,
  OPENAPI_V2_PROTOBUF_TYPE,
  openapiV2Json,
  openapiV2Protobuf,
  openapiV3,
  openapiV3Index,
} from './openapi.ts';
import type { Registry } from './registry.ts';
import type { Reply } from './reply.ts';
import type { ResourceDefinition } from './resource.ts';

const HEALTH = /^\/(healthz|livez|readyz)(\/.*)?$/;

/** The Kubernetes release whose behaviour is followed. */
const SERVER_VERSION = 'v1.32.0+longshore-sandbox';

/** Thrown for a path outside of every API that is served. */
export class NoSuchApi extends Error {}

export interface PathCall {
  readonly verb: string;
  readonly path: string;
  readonly accept: string;
  /** host:port as the client dialled it. */
  readonly address: string;
  readonly verbose: boolean;
}

export function handlePath({ objects }: ApiContext, call: PathCall): Reply {
  if (call.verb !== 'get' && call.verb !== 'head') throw methodNotAllowed();
  const path = call.path.length > 1 ? call.path.replace(/\/$/, '') : call.path;
  const { resources } = objects.registry;
  if (HEALTH.test(path)) return text(call.verbose ? `[+]ping ok\n${path.slice(1)} check passed\n` : 'ok');
  if (path === '/version') return json(version());
  if (path === '/')
    return json({
      paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'],
    });
  if (path === '/api' || path === '/apis') return discovery(resources, path === '/api', call);
  if (path.startsWith('/openapi')) return openapi(resources, path, call.accept);
  const group = /^\/apis\/([^/]+)$/.exec(path)?.[1];
  const groupVersion = /^\/api\/(v1)$/.exec(path)?.[1] ?? /^\/apis\/([^/]+\/[^/]+)$/.exec(path)?.[1];
  const found =
    group !== undefined
      ? apiGroup(resources, group)
      : groupVersion !== undefined
        ? resourceList(resources, groupVersion)
        : undefined;
  if (!found) throw isWithin(path, objects.registry) ? unknownPath() : new NoSuchApi();
  return json(found);
}

function isWithin(path: string, registry: Registry): boolean {
  const [root, group] = path.split('/').slice(1);
  return root === 'api' || (root === 'apis' && group !== undefined && registry.hasBuiltinGroup(group));
}

function discovery(
  resources: readonly ResourceDefinition[],
  core: boolean,
  { accept, address }: PathCall,
): Reply {
  for (const choice of accept.split(',')) {
    if (!choice.includes('as=APIGroupDiscoveryList')) continue;
    const wanted = /v=(v2beta1|v2)\b/.exec(choice)?.[1];
    if (wanted === undefined) continue;
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`;
    return { kind: 'json', code: 200, body: aggregated(resources, core, wanted), contentType };
  }
  return json(core ? apiVersions(address) : groupList(resources));
}

function openapi(resources: readonly ResourceDefinition[], path: string, accept: string): Reply {
  if (path === '/openapi/v2') {
    if (OPENAPI_V2_PROTOBUF_ACCEPTED.some((type) => accept.includes(type))) {
      return { kind: 'bytes', contentType: OPENAPI_V2_PROTOBUF_TYPE, body: openapiV2Protobuf(resources) };
    }
    return json(openapiV2Json(resources));
  }
  if (path === '/openapi/v3') return json(openapiV3Index(resources));
  const groupVersion = /^\/openapi\/v3\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))$/.exec(path);
  const found = openapiV3(resources, groupVersion?.[1] ?? groupVersion?.[2] ?? '');
  if (!found) throw unknownPath();
  return json(found);
}

function version() {
  return {
    major: '1',
    minor: '32',
    gitVersion: SERVER_VERSION,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}

function json(body: unknown): Reply {
  return { kind: 'json', code: 200, body };
}

function text(body: string): Reply {
  return { kind: 'bytes', contentType: 'text/plain; charset=utf-8', body };
}
