// Subresources that are not a view of the object: binding, eviction, tokens, and the streams that go to the kubelet.
import type { ApiContext, ResourceCall } from './api-context.ts';
import { ApiError, badRequest, methodNotAllowed, notFound, unknownPath } from './api-error.ts';
import { bindPod } from './binding.ts';
import { readBody } from './content.ts';
import { evictPod } from './eviction.ts';
import { isObject, numberAt, objectAt, stringAt, stringsAt } from './json.ts';
import { timestamp } from './kube-object.ts';
import { forwardCall } from './kubelet-calls.ts';
import type { Reply } from './reply.ts';
import { success } from './reply.ts';
import { deleteOptions, type Exchange, handleObject, isDryRun, target } from './resource-calls.ts';
import { objectKey } from './storage.ts';
import { TOKEN_ISSUER, type TokenRequest, tokenLifetimeSeconds } from './tokens.ts';

export async function handleSubresource(
  context: ApiContext,
  call: ResourceCall,
  exchange: Exchange,
): Promise<Reply> {
  const { info, resource } = call;
  const name = info.subresource ?? '';
  if (!resource.subresources.includes(name)) throw unknownPath();
  switch (name) {
    case 'status':
    case 'approval':
    case 'finalize':
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
  const name = podName || (stringAt(body, 'metadata', 'name') ?? '');
  const node = stringAt(body, 'target', 'name') ?? '';
  const pod = { resource: context.objects.registry.builtin('pods'), namespace: call.info.namespace, name };
  const uid = stringAt(body, 'metadata', 'uid');
  bindPod(context.objects, pod, { node, dryRun: isDryRun(call.query), ...(uid ? { uid } : {}) });
  return { kind: 'json', code: 201, body: { ...success({}), code: 201, details: undefined } };
}

async function evict(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  if (call.info.verb !== 'create') throw methodNotAllowed();
  const body = await readBody(request);
  if (!isObject(body)) throw badRequest('the body of an eviction must be an Eviction object');
  const options = deleteOptions(objectAt(body, 'deleteOptions'), call);
  evictPod(context.objects, target(call), options);
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
        creationTimestamp: timestamp(context.clock.now()),
      },
      spec: { ...spec, audiences, expirationSeconds },
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
    throw badRequest(`cannot bind token for serviceaccount to object of type ${String(kind)}`);
  }
  const plural = BINDABLE[kind];
  const namespace = kind === 'Node' ? undefined : info.namespace;
  const found = objects.storage.get(`${plural}.`, objectKey(namespace, name));
  if (!found) throw notFound({ group: '', plural }, name);
  if (uid !== undefined && uid !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${plural} "${name}": ${why}`);
  }
  return { kind, name, uid: found.metadata.uid };
}
