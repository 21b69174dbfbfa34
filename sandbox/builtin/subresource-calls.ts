// Subresources that are not a view of the object: binding, eviction, tokens, and the streams that go to the kubelet.
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, conflict, methodNotAllowed, notFound, plainError, unknownPath } from './api-error.ts';
import { bindPod } from './binding.ts';
import { readBody } from './content.ts';
import { evictPod } from './eviction.ts';
import { isObject, numberAt, objectAt, stringAt, stringsAt } from './json.ts';
import { timestamp } from './kube-object.ts';
import { forwardCall } from './kubelet-calls.ts';
import { isCustom } from './openapi/schemas.ts';
import type { Reply } from './reply.ts';
import { success } from './reply.ts';
import { type Exchange, handleObject, target } from './resource-calls.ts';
import { objectKey } from './storage.ts';
import { TOKEN_ISSUER, type TokenRequest, tokenLifetimeSeconds } from './tokens.ts';
import { deleteOptions, writeQuery } from './write-options.ts';

export async function handleSubresource(
  context: ApiContext,
  call: ResourceCall,
  exchange: Exchange,
): Promise<Reply> {
  const { info, resource } = call;
  const name = info.subresource ?? '';
  if (!resource.subresources.includes(name)) {
    throw isCustom(resource) ? notFound(resource, info.name ?? '') : unknownPath();
  }
  switch (name) {
    case 'status':
    case 'approval':
    case 'finalize':
    case 'ephemeralcontainers':
    case 'resize':
      if (!['get', 'update', 'patch'].includes(info.verb)) throw methodNotAllowed();
      return handleObject(context, call, exchange);
    case 'binding':
      return bind(context, call, exchange, info.name ?? '');
    case 'eviction':
      return evict(context, call, exchange);
    case 'token':
      return requestToken(context, call, exchange);
    case 'log':
    case 'exec':
    case 'attach':
    case 'portforward':
    case 'proxy':
      return forwardCall(context, call, exchange);
    default:
      throw unknownPath();
  }
}

/** POST pods/x/binding, and the older POST bindings. */
export async function bind(
  context: ApiContext,
  call: ResourceCall,
  { request }: Exchange,
  podName: string,
): Promise<Reply> {
  if (call.info.verb !== 'create') throw methodNotAllowed();
  const body = await readBody(request);
  const given = stringAt(body, 'metadata', 'name') ?? '';
  const name = podName || given;
  if (name !== given) throw badRequest('name in URL does not match name in Binding object');
  const kind = stringAt(body, 'target', 'kind') ?? '';
  const node = stringAt(body, 'target', 'name') ?? '';
  if (kind !== '' && kind !== 'Node') {
    throw plainError(`target.kind: Unsupported value: "${kind}": supported values: "Node", "<empty>"`);
  }
  if (node === '') throw plainError('target.name: Required value');
  const pod = { resource: context.objects.registry.builtin('pods'), namespace: call.info.namespace, name };
  const uid = stringAt(body, 'metadata', 'uid');
  const annotations = objectAt(body, 'metadata', 'annotations') ?? {};
  const { dryRun } = writeQuery(call.query, 'create');
  bindPod(context.objects, pod, { node, annotations, dryRun, ...(uid ? { uid } : {}) });
  return created();
}

async function evict(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  if (call.info.verb !== 'create') throw methodNotAllowed();
  const body = await readBody(request);
  if (!isObject(body)) throw badRequest('the body of an eviction must be an Eviction object');
  if (stringAt(body, 'metadata', 'name') !== call.info.name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  const options = deleteOptions(objectAt(body, 'deleteOptions') ?? {}, call.query);
  const dryRun = options.dryRun || writeQuery(call.query, 'create').dryRun;
  evictPod(context.objects, target(call), { ...options, dryRun, user: call.user });
  return created();
}

function created(): Reply {
  return { kind: 'json', code: 201, body: { ...success({}), code: 201, details: undefined } };
}

async function requestToken(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  if (call.info.verb !== 'create') throw methodNotAllowed();
  const { objects, tokens } = context;
  const account = objects.get(target(call));
  const body = (await readBody(request)) ?? {};
  const spec = objectAt(body, 'spec') ?? {};
  const asked = stringsAt(spec, 'audiences');
  const audiences = asked.length > 0 ? asked : [TOKEN_ISSUER];
  const expirationSeconds = tokenLifetimeSeconds(numberAt(spec, 'expirationSeconds'));
  const boundTo = boundObject(context, call, objectAt(spec, 'boundObjectRef'));
  const { token, expiresMs } = tokens.issue({
    account,
    audiences,
    expirationSeconds,
    ...(boundTo ? { boundTo } : {}),
  });
  return {
    kind: 'json',
    code: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {
        name: account.metadata.name,
        namespace: account.metadata.namespace,
        uid: account.metadata.uid,
        creationTimestamp: timestamp(context.clock.now()),
      },
      spec: { boundObjectRef: null, ...spec, audiences, expirationSeconds },
      status: { token, expirationTimestamp: timestamp(expiresMs) },
    },
  };
}

const BINDABLE = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const;

function boundObject(
  { objects }: ApiContext,
  { info }: ResourceCall,
  reference: unknown,
): TokenRequest['boundTo'] {
  if (!isObject(reference)) return undefined;
  const [kind, name, uid] = [
    stringAt(reference, 'kind'),
    stringAt(reference, 'name') ?? '',
    stringAt(reference, 'uid'),
  ];
  if (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node') {
    const type = gvkText(stringAt(reference, 'apiVersion') ?? '', kind ?? '');
    throw badRequest(`cannot bind token to object of type ${type}`);
  }
  const plural = BINDABLE[kind];
  const namespace = kind === 'Node' ? undefined : info.namespace;
  const found = objects.storage.get(`${plural}.`, objectKey(namespace, name));
  if (!found) throw notFound({ group: '', plural }, name);
  if (uid !== undefined && uid !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: kind }, name, why);
  }
  return { kind, name, uid: found.metadata.uid };
}

/** As Go writes a group, version and kind. */
function gvkText(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}
