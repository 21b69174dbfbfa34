// What of its pod's volumes one container sees, and where: subPaths filled in and checked, propagation and read-only in
// Docker's words. Where a volume lies on the machine is not known here.
import type { MountSettings } from 'dockerode';
import type { ContainerStatus, Pod } from '../../common/pod.ts';
import { expand } from './expansion.ts';
import type { PodContainer } from './pod-containers.ts';
import { isReadOnly, type PodVolume } from './pod-volume.ts';

export interface VolumeMount {
  readonly volume: string;
  /** In the container. */
  readonly target: string;
  /** Below the volume; empty for all of it. */
  readonly subPath: string;
  readonly readOnly: boolean;
  /** What is mounted below is read-only too. */
  readonly recursive: boolean;
  readonly propagation: 'rprivate' | 'rslave' | 'rshared';
}

export type VolumeMounts =
  | { readonly kind: 'ok'; readonly mounts: readonly VolumeMount[] }
  /** What the container is to wait with, as CreateContainerConfigError. */
  | { readonly kind: 'problem'; readonly message: string };

type Wish = NonNullable<PodContainer['volumeMounts']>[number];

export interface MountPlace {
  /** The pod's. */
  readonly volumes: readonly PodVolume[];
  /** The container's own variables, for subPathExpr. */
  readonly env: ReadonlyMap<string, string>;
  /** The engine and the kernel can make a whole tree of mounts read-only. */
  readonly recursiveReadOnly: boolean;
}

export function volumeMounts(pod: Pod, container: PodContainer, place: MountPlace): VolumeMounts {
  const mounts: VolumeMount[] = [];
  const readOnly = new Set(place.volumes.filter(isReadOnly).map(({ name }) => name));
  for (const wish of container.volumeMounts ?? []) {
    if (!pod.spec.volumes?.some(({ name }) => name === wish.name)) {
      const message = `cannot find volume "${wish.name}" to mount into container "${container.name}"`;
      return { kind: 'problem', message };
    }
    const subPath = subPathOf(wish, place.env);
    if ('problem' in subPath) return { kind: 'problem', message: subPath.problem };
    if (wish.recursiveReadOnly === 'Enabled' && !place.recursiveReadOnly) {
      const message = `volume "${wish.name}" requested recursive read-only mode, but it is not supported by the runtime`;
      return { kind: 'problem', message };
    }
    mounts.push({
      volume: wish.name,
      target: wish.mountPath.startsWith('/') ? wish.mountPath : `/${wish.mountPath}`,
      subPath: subPath.value,
      readOnly: readOnly.has(wish.name) || (wish.readOnly ?? false),
      recursive: isRecursive(wish, place),
      propagation: PROPAGATION[wish.mountPropagation ?? ''] ?? 'rprivate',
    });
  }
  return { kind: 'ok', mounts };
}

function isRecursive(
  { readOnly, recursiveReadOnly }: Wish,
  place: Pick<MountPlace, 'recursiveReadOnly'>,
): boolean {
  const asked = recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible';
  return Boolean(readOnly) && asked && place.recursiveReadOnly;
}

/** As the container's status tells of its mounts. */
export function mountStatuses(
  container: PodContainer,
  place: Pick<MountPlace, 'recursiveReadOnly'>,
): ContainerStatus['volumeMounts'] {
  return container.volumeMounts?.map((wish) => ({
    name: wish.name,
    mountPath: wish.mountPath,
    ...(wish.readOnly
      ? { readOnly: true, recursiveReadOnly: isRecursive(wish, place) ? 'Enabled' : 'Disabled' }
      : {}),
  }));
}

const PROPAGATION: Readonly<Record<string, VolumeMount['propagation']>> = {
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
};

function subPathOf(
  wish: Wish,
  env: ReadonlyMap<string, string>,
): { readonly value: string } | { readonly problem: string } {
  const missing = new Set<string>();
  const lookup = (name: string) => {
    const value = env.get(name);
    if (!value) missing.add(name);
    return value ?? '';
  };
  const value = wish.subPathExpr ? expand(wish.subPathExpr, lookup) : (wish.subPath ?? '');
  if (missing.size > 0) return { problem: `missing value for ${[...missing].sort().join(', ')}` };
  if (value.startsWith('/')) return { problem: `error SubPath \`${value}\` must not be an absolute path` };
  if (value.split('/').includes('..')) {
    return { problem: `unable to provision SubPath \`${value}\`: must not contain '..'` };
  }
  return { value };
}

/** As Docker takes it; `source` is on the machine. */
export interface BindMount extends MountSettings {
  readonly Type: 'bind';
  readonly BindOptions: {
    readonly Propagation: VolumeMount['propagation'];
    /** Docker before 23 knows it not, and demands that the source is there. */
    readonly CreateMountpoint: boolean;
    /** Docker from 25 on makes what is mounted below read-only too, unless told otherwise. */
    readonly ReadOnlyNonRecursive?: boolean;
    readonly ReadOnlyForceRecursive?: boolean;
  };
}

export function bindMount(mount: VolumeMount, source: string): BindMount {
  const { target, readOnly, propagation, recursive } = mount;
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    BindOptions: {
      Propagation: propagation,
      CreateMountpoint: true,
      ...(readOnly ? (recursive ? { ReadOnlyForceRecursive: true } : { ReadOnlyNonRecursive: true }) : {}),
    },
  };
}
