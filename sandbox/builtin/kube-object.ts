// A stored Kubernetes object: apiVersion, kind and metadata are known to be well formed, the rest is JSON.
import { isObject } from './json.ts';
import type { JsonObject } from './resource.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  [key: string]: unknown;
  name: string;
  namespace?: string;
  generateName?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

export interface KubeObject {
  [key: string]: unknown;
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** What is wrong with the metadata's types, as the real server's decoder would put it; undefined when nothing is. */
export function metadataProblem(object: JsonObject): string | undefined {
  const metadata = object['metadata'] ?? {};
  if (!isObject(metadata))
    return 'json: cannot unmarshal value into Go struct field .metadata of type ObjectMeta';
  const wrong = (field: string, type: string, value: unknown) =>
    `json: cannot unmarshal ${jsonKind(value)} into Go struct field ObjectMeta.${field} of type ${type}`;
  for (const field of ['name', 'namespace', 'generateName', 'uid', 'resourceVersion']) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== 'string')
      return wrong(field, 'string', value);
  }
  for (const field of ['labels', 'annotations']) {
    const value = metadata[field];
    if (value === undefined || value === null) continue;
    if (!isObject(value)) return wrong(field, 'map[string]string', value);
    const strange = Object.values(value).find((item) => typeof item !== 'string');
    if (strange !== undefined) return wrong(field, 'string', strange);
  }
  const finalizers = metadata['finalizers'] ?? [];
  if (!Array.isArray(finalizers) || finalizers.some((item) => typeof item !== 'string')) {
    return wrong('finalizers', '[]string', finalizers);
  }
  const owners = metadata['ownerReferences'] ?? [];
  if (!Array.isArray(owners) || owners.some((owner) => !isObject(owner))) {
    return wrong('ownerReferences', '[]v1.OwnerReference', owners);
  }
  return undefined;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Decoder: the caller has filled name, uid and the like, and metadataProblem found nothing. */
export function toKubeObject(object: JsonObject): KubeObject {
  return object as KubeObject;
}

/** RFC 3339 with whole seconds, as metav1.Time is written. */
export function timestamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
