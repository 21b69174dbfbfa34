// The verbs on whole objects: get, list, watch, create, update, patch, delete, deletecollection, and the plain
// subresources (status, approval, finalize) that are a view of the object itself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, methodNotAllowed, notFound } from './api-error.ts';
import { contentTypeOf, readBody } from './content.ts';
import { fromVersion, toVersion } from './event-conversion.ts';
import { decodingMessage, strictMessage } from './field-check.ts';
import { isObject, numberAt, objectAt, stringAt } from './json.ts';
import { type KubeObject, timestamp } from './kube-object.ts';
import { readPage } from './list-page.ts';
import type { DeleteOptions, Target, UpdateOptions } from './objects.ts';
import { applyPatchTo } from './patch.ts';
import { type Encoding, type Reply, success } from './reply.ts';
import { groupVersionOf, type JsonObject } from './resource.ts';
import { type Predicate, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import { strategyFor } from './strategy.ts';
import { serveWatch } from './watch-response.ts';

const MAX_WARNINGS = 20;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly encoding: Encoding;
}

export async function handleObject(
  context: ApiContext,
  call: ResourceCall,
  exchange: Exchange,
): Promise<Reply> {
  const { info, resource } = call;
  switch (info.verb) {
    case 'get':
      return { kind: 'object', code: 200, resource, object: context.objects.get(target(call)) };
    case 'list':
      return list(context, call);
    case 'watch': {
      const matches = selection(call);
      return { kind: 'stream', run: () => serveWatch(context, { ...call, ...exchange, matches }) };
    }
    case 'create':
      return create(context, call, exchange);
    case 'update':
      return update(context, call, exchange);
    case 'patch':
      return patch(context, call, exchange);
    case 'delete':
      return remove(context, call, exchange);
    case 'deletecollection':
      return removeAll(context, call, exchange);
    default:
      throw methodNotAllowed();
  }
}

/** The object a call names. */
export function target(call: ResourceCall): Target {
  const { info, resource } = call;
  return { resource, namespace: info.namespace, name: info.name ?? '' };
}

export function isDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun');
  if (values.length === 0) return false;
  if (values.some((value) => value !== 'All'))
    throw badRequest('Invalid value: dryRun: supported values: "All"');
  return true;
}

function selection({ info, resource, query }: ResourceCall): Predicate {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource);
  const { name } = info;
  return (object) =>
    labels(object) && fields(object) && (name === undefined || object.metadata.name === name);
}

function list(context: ApiContext, call: ResourceCall): Reply {
  const { info, resource, query } = call;
  const filtered = query.has('labelSelector') || query.has('fieldSelector');
  const objects = context.objects.list(resource, info.namespace);
  const page = readPage(context.objects.storage, { objects, matches: selection(call), filtered, query });
  return { kind: 'list', resource, page };
}

async function create(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { info, resource, query, user } = call;
  if (info.name !== undefined) throw methodNotAllowed();
  const input = await readObject(context, call, exchange);
  const options = { dryRun: isDryRun(query), user };
  const object = context.objects.create(
    { resource: stored(context, call), namespace: info.namespace },
    input,
    options,
  );
  return { kind: 'object', code: 201, resource, object };
}

async function update(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { info, resource } = call;
  const input = await readObject(context, call, exchange);
  const where = target(call);
  if (
    !context.objects.find(where) &&
    strategyFor(resource).createOnUpdate &&
    info.subresource === undefined
  ) {
    const place = { resource: stored(context, call), namespace: info.namespace };
    const object = context.objects.create(place, input, updateOptions(call));
    return { kind: 'object', code: 201, resource, object };
  }
  const object = context.objects.update(where, () => input, updateOptions(call));
  return { kind: 'object', code: 200, resource, object };
}

async function patch(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { request } = exchange;
  const { info, resource, query } = call;
  const contentType = contentTypeOf(request);
  const body = await readBody(request);
  const where = target(call);
  const isApply = contentType === 'application/apply-patch+yaml';
  if (isApply && !query.get('fieldManager')) throw badRequest('fieldManager is required for apply patch');
  if (isApply && isObject(body) && !context.objects.find(where) && info.subresource === undefined) {
    const place = { resource: stored(context, call), namespace: info.namespace };
    const checked = checkFields(context, call, exchange, checkKind(body, call));
    const input = manage(fromVersion(checked, resource), context, call);
    const object = context.objects.create(place, input, updateOptions(call));
    return { kind: 'object', code: 201, resource, object };
  }
  const change = (current: KubeObject) => {
    const shown = toVersion(current, resource);
    const result = applyPatchTo(shown, { contentType, body, resource, name: where.name });
    const patched = checkFields(context, call, exchange, result);
    return fromVersion(isApply ? manage(patched, context, call) : patched, resource);
  };
  const object = context.objects.update(where, change, updateOptions(call));
  return { kind: 'object', code: 200, resource, object };
}

/** Who applied last; which fields they own is not kept. */
function manage(object: JsonObject, context: ApiContext, { query, resource }: ResourceCall): JsonObject {
  const entry = {
    manager: query.get('fieldManager') ?? 'unknown',
    operation: 'Apply',
    apiVersion: groupVersionOf(resource),
    time: timestamp(context.clock.now()),
    fieldsType: 'FieldsV1',
    fieldsV1: {},
  };
  return { ...object, metadata: { ...objectAt(object, 'metadata'), managedFields: [entry] } };
}

async function remove(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  const { resource } = call;
  const options = deleteOptions(await readBody(request), call);
  const { object, gone } = context.objects.delete(target(call), options);
  if (!gone || strategyFor(resource).returnsDeleted) return { kind: 'object', code: 200, resource, object };
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return { kind: 'json', code: 200, body: success({ name, ...group, kind: resource.plural, uid }) };
}

async function removeAll(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  const { info, resource } = call;
  const options = deleteOptions(await readBody(request), call);
  const matches = selection(call);
  const items = context.objects
    .list(resource, info.namespace)
    .filter(matches)
    .map((object) => {
      const { name, namespace } = object.metadata;
      return context.objects.delete({ resource, namespace, name }, options).object;
    });
  const metadata = { resourceVersion: String(context.objects.storage.revision) };
  return { kind: 'list', resource, page: { items, metadata } };
}

function updateOptions({ info, query, user }: ResourceCall): UpdateOptions {
  const subresource = info.subresource === undefined ? {} : { subresource: info.subresource };
  return { dryRun: isDryRun(query), user, ...subresource };
}

/** From the body or the query; the body wins. */
export function deleteOptions(
  body: unknown,
  { query, user }: Pick<ResourceCall, 'query' | 'user'>,
): DeleteOptions {
  if (body !== undefined && !isObject(body)) throw badRequest('the body of a DELETE must be DeleteOptions');
  const grace = numberAt(body, 'gracePeriodSeconds') ?? optionalNumber(query.get('gracePeriodSeconds'));
  const policy = stringAt(body, 'propagationPolicy') ?? query.get('propagationPolicy') ?? undefined;
  const orphan = body?.['orphanDependents'] === true ? 'Orphan' : undefined;
  if (policy !== undefined && policy !== 'Orphan' && policy !== 'Background' && policy !== 'Foreground') {
    throw badRequest(
      `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
    );
  }
  const uid = stringAt(body, 'preconditions', 'uid');
  const resourceVersion = stringAt(body, 'preconditions', 'resourceVersion');
  const propagation = policy ?? orphan;
  const dryRun = isDryRun(query) || (Array.isArray(body?.['dryRun']) && body['dryRun'].includes('All'));
  return {
    dryRun,
    user,
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(grace === undefined ? {} : { graceSeconds: grace }),
    ...(propagation ? { propagation } : {}),
  };
}

function optionalNumber(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^-?\d{1,18}$/.test(text))
    throw badRequest(`Invalid value: gracePeriodSeconds: "${text}" is no number`);
  return Number(text);
}

async function readObject(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<JsonObject> {
  const body = checkKind(await readBody(exchange.request), call);
  return fromVersion(checkFields(context, call, exchange, body), call.resource);
}

/** The object without what its kind does not know: refused, told or ignored, as fieldValidation says. */
function checkFields(
  context: ApiContext,
  { resource, query }: ResourceCall,
  { response }: Exchange,
  object: JsonObject,
): JsonObject {
  const { object: known, unknown, mistyped } = context.checkFields(resource, object);
  if (mistyped !== undefined) throw badRequest(decodingMessage(resource, mistyped));
  const validation = query.get('fieldValidation') ?? 'Warn';
  if (unknown.length === 0 || validation === 'Ignore') return known;
  if (validation === 'Strict') throw badRequest(strictMessage(resource, unknown));
  for (const problem of unknown.slice(0, MAX_WARNINGS)) {
    response.appendHeader('warning', `299 - ${JSON.stringify(problem.replaceAll(/[^\x20-\x7e]/g, '?'))}`);
  }
  return known;
}

/** The body is an object of the kind that the path says. */
function checkKind(body: unknown, { resource }: ResourceCall): JsonObject {
  if (!isObject(body)) throw badRequest(`the body of the request must be a ${resource.kind} object`);
  const [kind, apiVersion] = [body['kind'] ?? resource.kind, body['apiVersion'] ?? groupVersionOf(resource)];
  if (kind !== resource.kind || apiVersion !== groupVersionOf(resource)) {
    const expected = `${groupVersionOf(resource)}, Kind=${resource.kind}`;
    const given = `${String(apiVersion)}, Kind=${String(kind)}`;
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the object provided is ${given}, expected ${expected}`,
    );
  }
  return body;
}

/** Objects are kept in one version: events as core/v1. */
function stored(context: ApiContext, { resource }: ResourceCall) {
  return resource.plural === 'events' && resource.group === 'events.k8s.io'
    ? context.objects.registry.builtin('events')
    : resource;
}

export function requireNamespace({ info, resource }: ResourceCall): void {
  const collective = info.verb === 'list' || info.verb === 'watch';
  const wrongScope = resource.namespaced
    ? info.namespace === undefined && !collective
    : info.namespace !== undefined;
  if (wrongScope) throw notFound(resource, info.name ?? '');
}
