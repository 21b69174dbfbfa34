// The verbs on whole objects: get, list, watch, create, update, patch, delete, deletecollection, and the plain
// subresources (status, approval, finalize) that are a view of the object itself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiContext, ResourceCall } from './api-context.ts';
import { badRequest, invalid, invalidField, methodNotAllowed, unknownPath } from './api-error.ts';
import { contentTypeOf, NO_JSON, readBody } from './content.ts';
import { sparedRules } from './crd-rules.ts';
import { fromVersion, toVersion } from './event-conversion.ts';
import { decodingMessage, strictProblem } from './field-check.ts';
import { isObject, objectAt, stringAt } from './json.ts';
import { type KubeObject, timestamp } from './kube-object.ts';
import { type Predicate, parseLabelSelector } from './label-selector.ts';
import { checkListOptions, parseRevision } from './list-options.ts';
import { readPage } from './list-page.ts';
import type { Target, UpdateOptions } from './objects.ts';
import { isCustom } from './openapi/schemas.ts';
import { applyPatchTo, checkPatchType, unfittingPatch } from './patch.ts';
import { type Encoding, type Reply, success } from './reply.ts';
import { isCollective } from './request-info.ts';
import { groupVersionOf, type JsonObject, type ResourceDefinition } from './resource.ts';
import { parseFieldSelector } from './selectors.ts';
import { bucketOf } from './storage.ts';
import { strategyFor } from './strategy.ts';
import { serveWatch } from './watch-response.ts';
import { deleteOptions, writeQuery } from './write-options.ts';

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
      parseRevision(call.query.get('resourceVersion') || '0');
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

function selection({ info, resource, query }: ResourceCall): Predicate {
  checkListOptions(query, info.verb === 'watch');
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource);
  const { name } = info;
  return (object) =>
    labels(object) && fields(object) && (name === undefined || object.metadata.name === name);
}

function list(context: ApiContext, call: ResourceCall): Reply {
  const { info, resource, query } = call;
  const filtered = query.has('labelSelector') || query.has('fieldSelector');
  const matches = selection(call);
  const where = { bucket: bucketOf(resource), namespace: info.namespace };
  const page = readPage(context.objects.storage, { ...where, matches, filtered, query });
  return { kind: 'list', resource, page };
}

async function create(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { info, resource, query, user } = call;
  const input = await readObject(context, call, exchange);
  const options = { dryRun: writeQuery(query, info.verb).dryRun, user, apiGroup: info.group };
  const object = context.objects.create(
    { resource: context.objects.registry.stored(resource), namespace: info.namespace },
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
    const place = { resource: context.objects.registry.stored(resource), namespace: info.namespace };
    // Whichever version it was made from: nothing is there to be overwritten.
    const { resourceVersion: _, ...metadata } = objectAt(input, 'metadata') ?? {};
    const object = context.objects.create(place, { ...input, metadata }, updateOptions(call));
    return { kind: 'object', code: 201, resource, object };
  }
  const object = context.objects.update(where, () => input, { ...updateOptions(call), replaces: true });
  return updated(object, call, exchange);
}

async function patch(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<Reply> {
  const { request } = exchange;
  const { info, resource, query } = call;
  const contentType = contentTypeOf(request);
  checkPatchType(contentType, resource);
  const body = await readBody(request, 'error decoding patch: ');
  const where = target(call);
  const isApply = contentType === 'application/apply-patch+yaml';
  if (isApply && !query.get('fieldManager')) throw badRequest('fieldManager is required for apply patch');
  if (isApply && isObject(body) && !context.objects.find(where) && info.subresource === undefined) {
    const place = { resource: context.objects.registry.stored(resource), namespace: info.namespace };
    const checked = checkFields(context, call, exchange, checkKind(body, call));
    const input = manage(fromVersion(checked, resource), context, call);
    const object = context.objects.create(place, input, updateOptions(call));
    return { kind: 'object', code: 201, resource, object };
  }
  const change = (current: KubeObject) => {
    const shown = toVersion(current, resource);
    const result = applyPatchTo(shown, { contentType, body, resource });
    const patched = checkFields(context, call, exchange, result, unfittingPatch);
    return fromVersion(isApply ? manage(patched, context, call) : patched, resource);
  };
  const object = context.objects.update(where, change, updateOptions(call));
  return updated(object, call, exchange);
}

function updated(object: KubeObject, { resource }: ResourceCall, { response }: Exchange): Reply {
  for (const broken of resource.schema ? sparedRules(object, resource.schema) : []) warn(response, broken);
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
  const options = { ...deleteOptions(await readBody(request), call.query), user: call.user };
  const { object, gone } = context.objects.delete(target(call), options);
  if (!gone || strategyFor(resource).returnsDeleted) return { kind: 'object', code: 200, resource, object };
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return { kind: 'json', code: 200, body: success({ name, ...group, kind: resource.plural, uid }) };
}

async function removeAll(context: ApiContext, call: ResourceCall, { request }: Exchange): Promise<Reply> {
  const { info, resource } = call;
  const options = { ...deleteOptions(await readBody(request), call.query), user: call.user };
  const matches = selection(call);
  const items = context.objects
    .list(resource, info.namespace)
    .filter(matches)
    .map((object) => {
      const { name, namespace } = object.metadata;
      context.objects.delete({ resource, namespace, name }, options);
      return object;
    });
  const metadata = { resourceVersion: String(context.objects.storage.revision) };
  return { kind: 'list', resource, page: { items, metadata } };
}

function updateOptions({ info, query, user }: ResourceCall): UpdateOptions {
  const subresource = info.subresource === undefined ? {} : { subresource: info.subresource };
  return { dryRun: writeQuery(query, info.verb).dryRun, user, apiGroup: info.group, ...subresource };
}

async function readObject(context: ApiContext, call: ResourceCall, exchange: Exchange): Promise<JsonObject> {
  const unrecognized = `the object provided is unrecognized (must be of type ${call.resource.kind}): ${NO_JSON}`;
  const given = await readBody(exchange.request, unrecognized);
  if (given === undefined) throw badRequest(`${unrecognized}unexpected end of JSON input`);
  const body = checkKind(given, call, unrecognized);
  return fromVersion(checkFields(context, call, exchange, body), call.resource);
}

/** The object without what its kind does not know: refused, told or ignored, as fieldValidation says. */
function checkFields(
  context: ApiContext,
  { info, resource, query }: ResourceCall,
  { response }: Exchange,
  object: JsonObject,
  unfitting = (problem: string) => badRequest(decodingMessage(resource, problem)),
): JsonObject {
  const { object: known, unknown, mistyped } = context.checkFields(resource, object);
  if (mistyped !== undefined) throw unfitting(mistyped);
  const { fieldValidation: validation } = writeQuery(query, info.verb);
  if (unknown.length === 0 || validation === 'Ignore') return known;
  if (validation === 'Strict') throw unfitting(strictProblem(unknown));
  for (const problem of unknown.slice(0, MAX_WARNINGS)) warn(response, problem);
  return known;
}

function warn(response: ServerResponse, text: string): void {
  response.appendHeader('warning', `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?'))}`);
}

/** The body is an object of the kind that the path says. */
function checkKind(body: unknown, { resource }: ResourceCall, unrecognized = NO_JSON): JsonObject {
  if (!isObject(body)) {
    const found = Array.isArray(body) ? 'array' : typeof body;
    throw badRequest(`${unrecognized}json: cannot unmarshal ${found} into Go value of type struct`);
  }
  if (isCustom(resource)) return checkCustomKind(body, { resource, unrecognized });
  const [kind, apiVersion] = [body['kind'] ?? resource.kind, body['apiVersion'] ?? groupVersionOf(resource)];
  if (kind !== resource.kind || apiVersion !== groupVersionOf(resource)) {
    throw badRequest(
      `${String(kind)} in version "${String(apiVersion)}" cannot be handled as a ${resource.kind}: it is another kind`,
    );
  }
  return body;
}

/** Nothing is taken for granted of a custom object. */
function checkCustomKind(
  body: JsonObject,
  { resource, unrecognized }: { readonly resource: ResourceDefinition; readonly unrecognized: string },
): JsonObject {
  const kind = stringAt(body, 'kind') ?? '';
  const apiVersion = stringAt(body, 'apiVersion') ?? '';
  const expected = groupVersionOf(resource);
  if (kind === '')
    throw badRequest(`${unrecognized.replace(NO_JSON, '')}Object 'Kind' is missing in the object`);
  if (apiVersion !== expected) {
    const why = `does not match the expected API version (${expected})`;
    throw badRequest(`the API version in the data (${apiVersion}) ${why}`);
  }
  if (kind !== resource.kind) {
    const error = invalidField('kind', kind, `must be ${resource.kind}`);
    throw invalid({ group: resource.group, kind }, stringAt(body, 'metadata', 'name') ?? '', [error]);
  }
  return body;
}

/** Throws for what the real server's router has no route for: 404 for the path, 405 for the method on it. */
export function checkRoute({ info, resource }: Pick<ResourceCall, 'info' | 'resource'>): void {
  const inNamespace = info.namespace !== undefined;
  const everywhere = resource.namespaced && !inNamespace;
  const isNamed = info.name !== undefined && !isCollective(info.verb);
  if ((!resource.namespaced && inNamespace) || (everywhere && isNamed)) throw unknownPath();
  const isRead = info.verb === 'list' || info.verb === 'watch';
  const unrouted = isNamed
    ? info.verb === 'create' && info.subresource === undefined
    : info.verb === 'update' || info.verb === 'patch';
  if (unrouted || (everywhere && !isRead)) throw methodNotAllowed();
}
