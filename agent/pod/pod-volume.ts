// What each volume of a pod is to this machine. Only volumes that a container mounts count: the others are not made.
import type { Pod } from '../../common/pod.ts';
import { parseQuantity, wholeUnits } from '../../common/quantity.ts';
import { podMembers } from './pod-containers.ts';
import { podMemoryLimitBytes } from './pod-resources.ts';
import { volumeRefusal } from './support/volume.ts';

export type PodVolume =
  | EmptyDir
  | HostPath
  /** `reason`: why there can be none here. */
  | { readonly kind: 'refused'; readonly name: string; readonly reason: string };

/** A folder that lives and dies with the pod. */
export interface EmptyDir {
  readonly kind: 'empty-dir';
  readonly name: string;
  /** Kept in memory, up to this much. */
  readonly memory: { readonly maxBytes: number | undefined } | undefined;
  /** What may be kept in it before the pod is evicted. */
  readonly sizeLimitBytes: number | undefined;
  /** Whom it belongs to (fsGroup). */
  readonly group: number | undefined;
}

/** Something of the machine's own. */
export interface HostPath {
  readonly kind: 'host-path';
  readonly name: string;
  readonly path: string;
  /** What has to be there, or is made; empty for whatever it is. */
  readonly type: string;
}

export type Volume = NonNullable<Pod['spec']['volumes']>[number];

export function podVolumes(pod: Pod, machineMemoryBytes: number): readonly PodVolume[] {
  const mounts = podMembers(pod).flatMap(({ spec }) => spec.volumeMounts ?? []);
  const mounted = new Set(mounts.map(({ name }) => name));
  return (pod.spec.volumes ?? [])
    .filter((volume) => mounted.has(volume.name) && !isTokenVolume(volume))
    .map((volume) => podVolume(volume, pod, machineMemoryBytes));
}

function podVolume(volume: Volume, pod: Pod, machineMemoryBytes: number): PodVolume {
  const { name, emptyDir, hostPath } = volume;
  if (hostPath) return { kind: 'host-path', name, path: hostPath.path, type: hostPath.type ?? '' };
  const reason = volumeRefusal(volume);
  if (reason !== undefined) return { kind: 'refused', name, reason };
  // A volume that says nothing is an emptyDir.
  const { medium, sizeLimit } = emptyDir ?? {};
  const limit = sizeLimit === undefined ? undefined : parseQuantity(sizeLimit);
  const sizeLimitBytes = limit === undefined || limit <= 0n ? undefined : wholeUnits(limit);
  const maxBytes = least([sizeLimitBytes, podMemoryLimitBytes(pod), machineMemoryBytes]);
  return {
    kind: 'empty-dir',
    name,
    memory: medium === 'Memory' ? { maxBytes } : undefined,
    sizeLimitBytes,
    group: pod.spec.securityContext?.fsGroup ?? undefined,
  };
}

function least(bounds: readonly (number | undefined)[]): number | undefined {
  const set = bounds.filter((bound) => bound !== undefined).filter((bound) => bound > 0);
  return set.length > 0 ? Math.min(...set) : undefined;
}

const TOKEN_VOLUME = /^kube-api-access-[a-z0-9]+$/;

/** The volume that the API server adds to every pod; only that one, as it makes it. */
export function isTokenVolume({ name, projected }: Volume): boolean {
  return (
    TOKEN_VOLUME.test(name) &&
    (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken)
  );
}
