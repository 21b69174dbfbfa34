// Volumes that are the machine's own or come over the network: a pod names them itself, or has them through a claim.
import type { PersistentVolume } from '../../common/claim.ts';
import { claimOf, claimProblem, unprocessed } from '../../common/pod-claims.ts';
import { type HeldClaims, reasonOf, type VolumeContext } from './files-volume.ts';
import type { PodVolume, Volume } from './pod-volume.ts';
import { volumeRefusal } from './support/volume.ts';

/** Something of the machine's own. */
export interface HostPath {
  readonly kind: 'host-path';
  readonly name: string;
  /** What events call it; undefined: as the pod does. */
  readonly title?: string;
  readonly path: string;
  /** What has to be there, or is made; empty for whatever it is. */
  readonly type: string;
  /** Nobody may write to it. */
  readonly readOnly?: boolean;
}

/** A folder that the cluster knows to be on this machine. It must be there. */
export interface LocalVolume {
  readonly kind: 'local';
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly readOnly: boolean;
  readonly owner: VolumeOwner | undefined;
}

/** Everything in it comes to belong to the pod's group (fsGroup). */
export interface VolumeOwner {
  readonly group: number;
  /** Not when the folder itself does already. */
  readonly onlyOnMismatch: boolean;
}

/** A folder of an NFS server. */
export interface NfsVolume {
  readonly kind: 'nfs';
  readonly name: string;
  readonly title: string;
  readonly server: string;
  readonly path: string;
  readonly readOnly: boolean;
  /** As mount(8) takes them. */
  readonly options: readonly string[];
}

/** What an image holds. It is pulled as the images of containers are (plan-start.ts). */
export interface ImageVolume {
  readonly kind: 'image';
  readonly name: string;
  readonly readOnly: true;
}

/** Undefined for a volume of another kind. */
export function machineVolume(volume: Volume, context: VolumeContext): PodVolume | undefined {
  const { name, hostPath, nfs, image } = volume;
  if (image) return { kind: 'image', name, readOnly: true };
  if (hostPath) return { kind: 'host-path', name, path: hostPath.path, type: hostPath.type ?? '' };
  if (nfs) {
    const { server, path, readOnly = false } = nfs;
    return { kind: 'nfs', name, title: name, server, path, readOnly, options: [] };
  }
  return claimedVolume(volume, context);
}

/** What the claims of these volumes are bound to, by the claim's name. */
export function boundClaims(volumes: readonly PodVolume[], { pod, objects }: VolumeContext): HeldClaims {
  const names = new Set(volumes.map(({ name }) => name));
  const bound = (pod.spec.volumes ?? []).flatMap((volume) => {
    const claim = names.has(volume.name) ? claimOf(volume, pod)?.claim : undefined;
    const found = claim === undefined ? undefined : objects.claim(claim);
    const isBound = found?.kind === 'found' && found.value.kind === 'bound';
    return claim !== undefined && isBound ? [[claim, found.value.volume] as const] : [];
  });
  return Object.fromEntries(bound);
}

function claimedVolume(volume: Volume, context: VolumeContext): PodVolume | undefined {
  const { pod, objects } = context;
  const { name } = volume;
  const claim = claimOf(volume, pod);
  if (!claim) return undefined;
  const held = context.claims?.[claim.claim];
  if (held) return persistentVolume(name, held, { readOnly: claim.readOnly, owner: ownerOf(context) });
  const found = objects.claim(claim.claim);
  if (found.kind === 'unknown') {
    const why = reasonOf(found) || 'the controller has not said anything of it yet';
    const message = `error processing PVC ${pod.metadata.namespace}/${claim.claim}: failed to fetch PVC from API server: ${why}`;
    return { kind: 'unready', name, message: unprocessed(name, message), early: reasonOf(found) === '' };
  }
  const bound = found.kind === 'found' ? found.value : undefined;
  const problem = claimProblem(claim, bound, pod);
  if (problem !== undefined) {
    return { kind: 'unready', name, message: unprocessed(name, problem), early: false };
  }
  if (bound?.kind !== 'bound') return undefined;
  return persistentVolume(name, bound.volume, { readOnly: claim.readOnly, owner: ownerOf(context) });
}

function persistentVolume(
  name: string,
  { name: title, source, isBlock, mountOptions }: PersistentVolume,
  { readOnly, owner }: { readonly readOnly: boolean; readonly owner: VolumeOwner | undefined },
): PodVolume {
  if (isBlock) {
    const message = `volume ${name} has volumeMode Block, but is specified in volumeMounts`;
    return { kind: 'unready', name, message: unprocessed(name, message), early: false };
  }
  switch (source.kind) {
    case 'hostPath':
      return { kind: 'host-path', name, title, path: source.path, type: source.type, readOnly };
    case 'local':
      return { kind: 'local', name, title, path: source.path, readOnly, owner: readOnly ? undefined : owner };
    case 'nfs': {
      const { server, path } = source;
      const isReadOnly = readOnly || source.readOnly;
      return { kind: 'nfs', name, title, server, path, readOnly: isReadOnly, options: mountOptions };
    }
    case 'other': {
      const { field } = source;
      const reason = volumeRefusal({ [field]: {} }) ?? `${field} not supported by this node`;
      return { kind: 'refused', name, reason: `PersistentVolume ${title}: ${reason}` };
    }
    default:
      return source satisfies never;
  }
}

function ownerOf({ pod }: VolumeContext): VolumeOwner | undefined {
  const { fsGroup, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
  if (fsGroup === undefined || fsGroup === null) return undefined;
  return { group: fsGroup, onlyOnMismatch: fsGroupChangePolicy === 'OnRootMismatch' };
}
