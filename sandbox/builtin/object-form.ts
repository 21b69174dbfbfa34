// How an object's metadata, body and status come together in a write: what of a client's object is taken, what stays as
// it is, and which preconditions it carries.
import { isDeepStrictEqual } from 'node:util';
import { badRequest, conflict, invalid, modified } from './api-error.ts';
import { clone, isObject, objectAt, stringAt } from './json.ts';
import { type KubeObject, metadataProblem, timestamp, toKubeObject } from './kube-object.ts';
import { generateName } from './names.ts';
import type { DeleteOptions, Target, UpdateOptions } from './objects.ts';
import { groupVersionOf, type JsonObject, type ResourceDefinition } from './resource.ts';
import type { KindStrategy } from './strategy.ts';

/** What is stored of a new object, before its kind's rules. Throws 400 for metadata that cannot be. */
export function newObject(
  { resource, namespace }: { readonly resource: ResourceDefinition; readonly namespace?: string | undefined },
  input: JsonObject,
  nowMs: number,
): KubeObject {
  const problem = metadataProblem(input);
  if (problem) throw badRequest(problem);
  const given = clone(objectAt(input, 'metadata') ?? {});
  const givenNamespace = stringAt(given, 'namespace') ?? '';
  if (givenNamespace !== '' && givenNamespace !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (given['resourceVersion'])
    throw badRequest('resourceVersion should not be set on objects to be created');
  const prefix = stringAt(given, 'generateName') ?? '';
  const name = stringAt(given, 'name') || (prefix === '' ? '' : generateName(prefix));
  for (const field of ['selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields']) {
    delete given[field];
  }
  if (!resource.namespaced) delete given['namespace'];
  dropEmpty(given);
  return toKubeObject({
    apiVersion: groupVersionOf(resource),
    kind: resource.kind,
    ...omit(input, ['apiVersion', 'kind', 'metadata']),
    metadata: {
      ...given,
      name,
      ...(resource.namespaced ? { namespace } : {}),
      uid: crypto.randomUUID(),
      resourceVersion: '',
      creationTimestamp: timestamp(nowMs),
    },
  });
}

/** `current` with what the request may change of it. */
export function mergedObject(write: {
  readonly target: Target;
  readonly changed: JsonObject;
  readonly current: KubeObject;
  readonly options: UpdateOptions;
  readonly strategy: KindStrategy;
}): KubeObject {
  const { target, changed, current, options, strategy } = write;
  const part = options.subresource;
  const keepMetadata = part !== undefined && (part !== 'status' || strategy.statusKeepsMetadata === true);
  const metadata = keepMetadata ? clone(current.metadata) : mergedMetadata(changed, current);
  const hasStatus = target.resource.subresources.includes('status');
  const body = part === undefined ? omit(changed, hasStatus ? ['status'] : []) : omit(current, ['status']);
  const status = part === undefined && hasStatus ? current['status'] : changed['status'];
  return toKubeObject({
    ...body,
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata,
    ...(status === undefined || status === null ? {} : { status }),
  });
}

/** Throws 409 unless the object is the one, and in the version, that the deletion is meant for. */
export function checkDeletePreconditions(
  { resource, name }: Target,
  wanted: Pick<DeleteOptions, 'uid' | 'resourceVersion'>,
  { metadata }: KubeObject,
): void {
  const refuse = (field: string, given: string, real: string | undefined) =>
    conflict(
      resource,
      name,
      `Precondition failed: ${field} in precondition: ${given}, ${field} in object meta: ${real}`,
    );
  if (wanted.uid !== undefined && wanted.uid !== metadata.uid) {
    throw refuse('UID', wanted.uid, metadata.uid);
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', wanted.resourceVersion, metadata.resourceVersion);
  }
}

/** Name, uid and resourceVersion in what a client wrote must be those of what it replaces. */
export function checkPreconditions(
  { resource, name }: Target,
  changed: JsonObject,
  current: KubeObject,
  strategy: KindStrategy,
): void {
  const given = objectAt(changed, 'metadata') ?? {};
  const givenName = stringAt(given, 'name') ?? '';
  if (givenName !== '' && givenName !== name) {
    throw badRequest(`the name of the object (${givenName}) does not match the name on the URL (${name})`);
  }
  const uid = stringAt(given, 'uid') ?? '';
  if (uid !== '' && uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  const version = stringAt(given, 'resourceVersion') ?? '';
  if (version === '' && strategy.needsVersion) {
    throw invalid(resource, name, [
      { type: 'invalid', field: 'metadata.resourceVersion', detail: '0x0: must be specified for an update' },
    ]);
  }
  if (version !== '' && version !== '0' && version !== current.metadata.resourceVersion) {
    throw modified(resource, name);
  }
}

/** What clients may write of the metadata; the rest stays as it is. */
function mergedMetadata(changed: JsonObject, current: KubeObject): JsonObject {
  const given = { ...objectAt(changed, 'metadata') };
  const fixed = [
    'name',
    'namespace',
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'generateName',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ];
  delete given['selfLink'];
  dropEmpty(given);
  for (const key of fixed) {
    const value = current.metadata[key];
    if (value === undefined) delete given[key];
    else given[key] = value;
  }
  return given;
}

export function specChanged(next: KubeObject, current: KubeObject): boolean {
  return !isDeepStrictEqual(omit(next, ['metadata', 'status']), omit(current, ['metadata', 'status']));
}

function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** Go leaves out what is empty. */
function dropEmpty(metadata: JsonObject): void {
  for (const [key, value] of Object.entries(metadata)) {
    const isEmpty = isObject(value)
      ? Object.keys(value).length === 0
      : Array.isArray(value) && value.length === 0;
    if (value === null || value === undefined || isEmpty) delete metadata[key];
  }
}
