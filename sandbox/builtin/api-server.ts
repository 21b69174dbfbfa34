// The way of a request: who asks, what for, may they, and the handler that answers. Every failure becomes a Status.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { describeError } from '../../common/errors.ts';
import type { ApiContext, ResourceCall } from './api-context.ts';
import { ApiError, forbidden, methodNotAllowed, toApiError, unauthorized, unknownPath } from './api-error.ts';
import type { Authenticator } from './authentication.ts';
import { negotiate } from './content.ts';
import { ALL_VERBS } from './discovery.ts';
import { forwardUpgrade } from './forward.ts';
import { upstreamFor } from './kubelet-calls.ts';
import { handlePath, NoSuchApi } from './path-calls.ts';
import { type Attributes, authorize, denial } from './rbac.ts';
import { encodingOf, type Reply, sendError, sendNoSuchPage, sendReply } from './reply.ts';
import { type PathRequest, parseRequest, type ResourceRequest } from './request-info.ts';
import { checkRoute, type Exchange, handleObject } from './resource-calls.ts';
import { handleReview, isReview } from './reviews.ts';
import { bind, handleSubresource } from './subresource-calls.ts';
import type { User } from './tokens.ts';

export interface ApiServer {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export function createApiServer(context: ApiContext, authenticate: Authenticator): ApiServer {
  return {
    async handle(request, response) {
      try {
        await serve(context, authenticate, request, response);
      } catch (error) {
        if (error instanceof NoSuchApi) return sendNoSuchPage(response);
        const answer = toApiError(error);
        if (answer.httpCode >= 500)
          context.log.error({ path: request.url, reason: describeError(error) }, 'request failed');
        sendError(request, response, answer);
      }
    },
    async upgrade(request, socket, head) {
      socket.once('error', () => socket.destroy());
      try {
        const url = urlOf(request);
        const info = parseRequest(request.method ?? 'GET', url);
        const user = admit(context, authenticate, request, info);
        if (info.kind !== 'resource' || info.subresource === undefined) throw unknownPath();
        const call = resourceCall(context, info, url, user);
        if (!call.resource.subresources.includes(info.subresource)) throw unknownPath();
        const to = upstreamFor(context, call);
        if (!to) throw unknownPath();
        await forwardUpgrade(context, { request, socket, head }, to);
      } catch (error) {
        refuseUpgrade(socket, toApiError(error));
      }
    },
  };
}

async function serve(
  context: ApiContext,
  authenticate: Authenticator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlOf(request);
  const info = parseRequest(request.method ?? 'GET', url);
  const user = admit(context, authenticate, request, info);
  if (info.kind === 'path') {
    const reply = handlePath(context, {
      ...info,
      accept: request.headers.accept ?? '',
      address: request.headers.host ?? '',
      verbose: url.searchParams.has('verbose'),
    });
    return sendReply(reply, response, { form: { kind: 'object' }, includeObject: 'Metadata', now: 0 });
  }
  const call = resourceCall(context, info, url, user);
  const accept = isRaw(info) ? undefined : request.headers.accept;
  const encoding = encodingOf(negotiate(accept), url.searchParams, context.clock.now());
  if (call.resource.plural === 'endpoints') response.setHeader('warning', ENDPOINTS_DEPRECATED);
  const exchange = { request, response, encoding };
  await sendReply(await handleResource(context, call, exchange), response, encoding);
}

const ENDPOINTS_DEPRECATED =
  '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';

/** Streams and proxies pass on whatever the other side answers. */
function isRaw({ subresource }: ResourceRequest): boolean {
  return ['log', 'exec', 'attach', 'portforward', 'proxy'].includes(subresource ?? '');
}

async function handleResource(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { info, resource } = call;
  if (isReview(call)) return handleReview(context, call, exchange);
  if (resource.plural === 'bindings' && resource.group === '') return bind(context, call, exchange, '');
  if (info.subresource !== undefined) return handleSubresource(context, call, exchange);
  if (!(resource.verbs ?? ALL_VERBS).includes(info.verb)) throw methodNotAllowed();
  return handleObject(context, call, exchange);
}

function resourceCall(context: ApiContext, info: ResourceRequest, url: URL, user: User): ResourceCall {
  const resource = context.objects.registry.find(info.group, info.version, info.plural);
  if (!resource) {
    const isKnown = info.group === '' || context.objects.registry.hasBuiltinGroup(info.group);
    throw isKnown ? unknownPath() : new NoSuchApi();
  }
  const call = { info, resource, query: url.searchParams, user };
  checkRoute(call);
  return call;
}

/** Throws 401 or 403. */
function admit(
  context: ApiContext,
  authenticate: Authenticator,
  request: IncomingMessage,
  info: ResourceRequest | PathRequest,
): User {
  const caller = authenticate(request);
  if (!caller) throw unauthorized();
  const user = impersonated(context, caller, request);
  const attributes = attributesOf(info);
  const { allowed } = authorize(context.objects.storage, user, attributes);
  if (!allowed) throw denied(user, attributes);
  return user;
}

function attributesOf(info: ResourceRequest | PathRequest): Attributes {
  if (info.kind === 'path') return { verb: info.verb, path: info.path };
  const { verb, group, plural, subresource, namespace, name } = info;
  // A namespace is "in" itself for authorization.
  const within = plural === 'namespaces' && group === '' ? name : namespace;
  return { verb, group, resource: plural, subresource, namespace: within, name };
}

function denied(user: User, attributes: Attributes): ApiError {
  const why = denial(user, attributes);
  if ('path' in attributes) return new ApiError(403, 'Forbidden', `forbidden: ${why}`, {});
  return forbidden({ group: attributes.group, plural: attributes.resource }, attributes.name ?? '', why);
}

/** kubectl --as and --as-group. */
function impersonated(context: ApiContext, caller: User, request: IncomingMessage): User {
  const name = request.headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') return caller;
  const given = request.headersDistinct['impersonate-group'] ?? [];
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  const implied = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : [];
  const checks: Attributes[] = [
    account
      ? {
          verb: 'impersonate',
          group: '',
          resource: 'serviceaccounts',
          namespace: account[1],
          name: account[2],
        }
      : { verb: 'impersonate', group: '', resource: 'users', name },
    ...given.map((group) => ({ verb: 'impersonate', group: '', resource: 'groups', name: group })),
  ];
  for (const check of checks) {
    if (!authorize(context.objects.storage, caller, check).allowed) throw denied(caller, check);
  }
  return {
    name,
    groups: [...new Set([...given, ...(given.length > 0 ? [] : implied), 'system:authenticated'])],
  };
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'https://localhost');
  } catch {
    throw unknownPath();
  }
}

function refuseUpgrade(socket: Duplex, error: ApiError): void {
  const body = JSON.stringify(error.status);
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${error.httpCode} ${error.reason || 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
