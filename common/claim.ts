// What has become of a PersistentVolumeClaim, as pods are concerned: the volume that it is bound to, or why there is none.
// The controller says it to the agents in this form, and places pods by it.
import type { V1VolumeNodeAffinity } from '@kubernetes/client-node';
import type { Json } from './pod.ts';

export type Claim = (
  | { readonly kind: 'bound'; readonly volume: PersistentVolume }
  /** `message`: as the kubelet says it. */
  | { readonly kind: 'unusable'; readonly message: string }
) & {
  /** The UID of the object that it was made for: a pod, for a volume that lives as long as the pod. */
  readonly owner: string | undefined;
};

export interface PersistentVolume {
  readonly name: string;
  readonly isBlock: boolean;
  /** As mount(8) takes them. */
  readonly mountOptions: readonly string[];
  /** The machines that have it; undefined: all. */
  readonly required: NodeSelector | undefined;
  readonly source: PersistentSource;
}

export type NodeSelector = NonNullable<Json<V1VolumeNodeAffinity>['required']>;

export type PersistentSource =
  | { readonly kind: 'hostPath'; readonly path: string; readonly type: string }
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'nfs'; readonly server: string; readonly path: string; readonly readOnly: boolean }
  /** The field of the PersistentVolume that says what it is, such as `csi`. */
  | { readonly kind: 'other'; readonly field: string };

/** Undefined for what is not of this shape. */
export function decodeClaim(value: unknown): Claim | undefined {
  if (!isObject(value)) return undefined;
  const { kind, message } = value;
  const owner = typeof value['owner'] === 'string' ? value['owner'] : undefined;
  if (kind === 'unusable' && typeof message === 'string') return { kind, message, owner };
  const volume = kind === 'bound' ? decodePersistentVolume(value['volume']) : undefined;
  return volume && { kind: 'bound', volume, owner };
}

export function decodePersistentVolume(value: unknown): PersistentVolume | undefined {
  if (!isObject(value)) return undefined;
  const { name, isBlock, mountOptions, required } = value;
  const source = decodeSource(value['source']);
  if (typeof name !== 'string' || typeof isBlock !== 'boolean' || !isTexts(mountOptions) || !source) {
    return undefined;
  }
  if (required !== undefined && !isNodeSelector(required)) return undefined;
  return { name, isBlock, mountOptions, required, source };
}

function decodeSource(value: unknown): PersistentSource | undefined {
  if (!isObject(value)) return undefined;
  const { kind, path, type, server, readOnly, field } = value;
  if (kind === 'other' && typeof field === 'string') return { kind, field };
  if (typeof path !== 'string') return undefined;
  if (kind === 'hostPath' && typeof type === 'string') return { kind, path, type };
  if (kind === 'local') return { kind, path };
  if (kind === 'nfs' && typeof server === 'string' && typeof readOnly === 'boolean') {
    return { kind, server, path, readOnly };
  }
  return undefined;
}

function isNodeSelector(value: unknown): value is NodeSelector {
  return isObject(value) && Array.isArray(value['nodeSelectorTerms']);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
