// What each volume of a pod is to this machine. Only volumes that a container mounts count: the others are not made.
import type { Pod } from '../../common/pod.ts';
import { parseQuantity, wholeUnits } from '../../common/quantity.ts';
import { type FilesVolume, filesVolume, type VolumeContext } from './files-volume.ts';
import {
  type HostPath,
  type ImageVolume,
  type LocalVolume,
  machineVolume,
  type NfsVolume,
} from './machine-volume.ts';
import { podMembers } from './pod-containers.ts';
import { podMemoryLimitBytes } from './pod-resources.ts';
import { volumeRefusal } from './support/volume.ts';
import type { FileMap } from './volume-files.ts';

export type PodVolume =
  | EmptyDir
  | HostPath
  | LocalVolume
  | NfsVolume
  | ImageVolume
  | FilesVolume
  /** There may be one later. `message`: as an event tells it. `early`: it is likely to be only a matter of moments. */
  | { readonly kind: 'unready'; readonly name: string; readonly message: string; readonly early: boolean }
  /** `reason`: why there can be none here. */
  | { readonly kind: 'refused'; readonly name: string; readonly reason: string };

/** What a machine is asked to make of a volume. */
export type VolumeWish =
  | EmptyDir
  | HostPath
  | LocalVolume
  | NfsVolume
  | (FilesVolume & { readonly files: FileMap });

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

export type Volume = NonNullable<Pod['spec']['volumes']>[number];

export function podVolumes(context: VolumeContext): readonly PodVolume[] {
  const { pod } = context;
  const mounts = podMembers(pod).flatMap(({ spec }) => spec.volumeMounts ?? []);
  const mounted = new Set(mounts.map(({ name }) => name));
  return (pod.spec.volumes ?? [])
    .filter(({ name }) => mounted.has(name))
    .map((volume) => podVolume(volume, context));
}

/** What no container can write to, whatever it asks for. */
export function isReadOnly(volume: PodVolume): boolean {
  return volume.kind === 'files' || ('readOnly' in volume && volume.readOnly === true);
}

function podVolume(volume: Volume, context: VolumeContext): PodVolume {
  const { name, emptyDir } = volume;
  const reason = volumeRefusal(volume);
  if (reason !== undefined) return { kind: 'refused', name, reason };
  const made = machineVolume(volume, context) ?? filesVolume(volume, context);
  if (made) return made;
  // A volume that says nothing is an emptyDir.
  const { medium, sizeLimit } = emptyDir ?? {};
  const limit = sizeLimit === undefined ? undefined : parseQuantity(sizeLimit);
  const sizeLimitBytes = limit === undefined || limit <= 0n ? undefined : wholeUnits(limit);
  const { pod, machine } = context;
  const maxBytes = least([sizeLimitBytes, podMemoryLimitBytes(pod), machine.memoryBytes]);
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
