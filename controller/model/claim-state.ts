// What a PersistentVolumeClaim and the PersistentVolume it names come to: a volume, or the kubelet's words for why not.
import type { V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Claim, PersistentSource } from '../../common/claim.ts';
import type { Json } from '../../common/pod.ts';

export type PersistentVolumeClaim = Json<V1PersistentVolumeClaim>;
export type PersistentVolumeObject = Json<V1PersistentVolume>;

/** The PersistentVolume that is to be read for it; undefined: the claim has none yet. */
export function wantedVolume(claim: PersistentVolumeClaim): string | undefined {
  const { metadata, spec, status } = claim;
  const isUsable = metadata?.deletionTimestamp === undefined && status?.phase === 'Bound';
  return (isUsable && spec?.volumeName) || undefined;
}

/** `volume`: the one that it wants; undefined when there is none. */
export function claimState(claim: PersistentVolumeClaim, volume: PersistentVolumeObject | undefined): Claim {
  const owner = claim.metadata?.ownerReferences?.find(({ controller }) => controller)?.uid;
  const unusable = (message: string): Claim => ({ kind: 'unusable', message, owner });
  if (claim.metadata?.deletionTimestamp !== undefined) return unusable('PVC is being deleted');
  if (claim.status?.phase !== 'Bound') return unusable('PVC is not bound');
  const { volumeName: name } = claim.spec ?? {};
  if (!name) return unusable('PVC has empty pvc.Spec.VolumeName');
  if (!volume) {
    return unusable(`failed to get PV ${name} from API server: persistentvolumes "${name}" not found`);
  }
  const bound = volume.spec?.claimRef;
  if (!bound) {
    const why = 'it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim';
    return unusable(`found PV object ${name} but ${why}`);
  }
  if (bound.uid !== claim.metadata?.uid) {
    const why = `its pv.Spec.ClaimRef.UID ${bound.uid ?? ''} does not point to claim.UID ${claim.metadata?.uid ?? ''}`;
    return unusable(`found PV object ${name} but ${why}`);
  }
  const { volumeMode, mountOptions, nodeAffinity } = volume.spec ?? {};
  return {
    kind: 'bound',
    owner,
    volume: {
      name,
      isBlock: volumeMode === 'Block',
      mountOptions: mountOptions ?? [],
      required: nodeAffinity?.required,
      source: sourceOf(volume.spec ?? {}),
    },
  };
}

type VolumeSpec = NonNullable<PersistentVolumeObject['spec']>;

/** What a PersistentVolume says beside what it is. */
const COMMON: ReadonlySet<string> = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

function sourceOf(spec: VolumeSpec): PersistentSource {
  const { hostPath, local, nfs } = spec;
  if (hostPath) return { kind: 'hostPath', path: hostPath.path, type: hostPath.type ?? '' };
  if (local) return { kind: 'local', path: local.path };
  if (nfs) {
    const { server, path, readOnly = false } = nfs;
    return { kind: 'nfs', server, path, readOnly };
  }
  const field = Object.keys(spec).find((name) => !COMMON.has(name));
  return { kind: 'other', field: field ?? 'volume' };
}
