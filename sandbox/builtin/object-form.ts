// How an object's metadata, body and status come together in a write: what of a client's object is taken, what stays as
// it is, and which preconditions it carries.
import { isDeepStrictEqual } from 'node:util';
import {
  badRequest,
  conflict,
  type FieldError,
  forbiddenField,
  invalid,
  invalidField,
  modified,
  plainError,
} from './api-error.ts';
import { clone, isObject, objectAt, stringAt, stringsAt } from './json.ts';
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
  if (resource.namespaced && givenNamespace !== '' && givenNamespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (given['resourceVersion'])
    throw plainError('resourceVersion should not be set on objects to be created');
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
  const specPart = part === undefined ? undefined : strategy.parts?.[part];
  const body =
    part === undefined
      ? omit(changed, hasStatus ? ['status'] : [])
      : { ...omit(current, ['status']), ...(specPart && { spec: specPart.spec(changed, current) }) };
  const keepsStatus = (part === undefined && hasStatus) || specPart !== undefined;
  const status = keepsStatus ? current['status'] : changed['status'];
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
  // The real server names the kind here where it names the resource elsewhere.
  const { group, kind } = resource;
  const refuse = (field: string, values: readonly [string, string], why: string) => {
    const text = `the ${field} in the precondition (${values[0]}) does not match the ${field} in record (${values[1]})`;
    return conflict({ group, plural: kind }, name, `${text}. The object might have been ${why}`);
  };
  const { uid, resourceVersion } = wanted;
  if (uid !== undefined && uid !== metadata.uid) {
    throw refuse('UID', [uid, metadata.uid], 'deleted and then recreated');
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse('ResourceVersion', [resourceVersion, metadata.resourceVersion], 'modified');
  }
}

/** Name, uid and resourceVersion in what a client wrote must be those of what it replaces. */
export function checkPreconditions(
  { resource, namespace, name }: Target,
  changed: JsonObject,
  current: KubeObject,
  { strategy, replaces }: { readonly strategy: KindStrategy; readonly replaces: boolean },
): void {
  const given = objectAt(changed, 'metadata') ?? {};
  checkAddress({ namespace, name }, given);
  const uid = stringAt(given, 'uid') ?? '';
  if (replaces && uid !== '' && uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  const version = stringAt(given, 'resourceVersion') ?? '';
  if (version === '' && strategy.needsVersion) {
    // The real server names the resource here where it names the kind elsewhere.
    const detail = `${resource.group === 'coordination.k8s.io' ? '0x0' : '0'}: must be specified for an update`;
    throw invalid({ group: resource.group, kind: resource.plural }, name, [
      { type: 'invalid', field: 'metadata.resourceVersion', detail },
    ]);
  }
  if (!/^\d*$/.test(version)) {
    throw plainError(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  }
  if (version !== '' && version !== '0' && version !== current.metadata.resourceVersion) {
    throw modified(resource, name);
  }
}

function checkAddress({ namespace, name }: Pick<Target, 'namespace' | 'name'>, given: JsonObject): void {
  const givenName = stringAt(given, 'name') ?? '';
  if (givenName === '') {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (givenName !== name) {
    throw badRequest(`the name of the object (${givenName}) does not match the name on the URL (${name})`);
  }
  const givenNamespace = stringAt(given, 'namespace') ?? '';
  if (givenNamespace !== '' && givenNamespace !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** What an update may not do to the metadata; the rest of it is set right without a word. */
export function metadataUpdateErrors(changed: JsonObject, current: KubeObject): FieldError[] {
  const { uid, deletionTimestamp, finalizers = [] } = current.metadata;
  const errors: FieldError[] = [];
  const added = stringsAt(changed, 'metadata', 'finalizers').filter((name) => !finalizers.includes(name));
  if (deletionTimestamp !== undefined && added.length > 0) {
    const names = added.toSorted().map((name) => JSON.stringify(name));
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names.join(', ')}}`;
    errors.push(forbiddenField('metadata.finalizers', why));
  }
  const givenUid = stringAt(changed, 'metadata', 'uid') ?? '';
  if (givenUid !== '' && givenUid !== uid) {
    errors.push(invalidField('metadata.uid', givenUid, 'field is immutable'));
  }
  return errors;
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
