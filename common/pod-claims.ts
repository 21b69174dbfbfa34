// Which PersistentVolumeClaims a pod mounts. Volumes that no container asks for do not count, as on a kubelet.
import type { Claim } from './claim.ts';
import { type Pod, podKey } from './pod.ts';

export interface PodClaim {
  /** The pod's name for it. */
  readonly volume: string;
  readonly claim: string;
  readonly readOnly: boolean;
  /** The cluster makes the claim for this pod alone. */
  readonly isEphemeral: boolean;
}

type Volume = NonNullable<Pod['spec']['volumes']>[number];

export function podClaims(pod: Pod): readonly PodClaim[] {
  const { spec } = pod;
  const volumes = spec.volumes?.filter((volume) => volume.persistentVolumeClaim ?? volume.ephemeral) ?? [];
  if (volumes.length === 0) return [];
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  const asked = containers.flatMap(({ volumeMounts, volumeDevices }) => [
    ...(volumeMounts ?? []),
    ...(volumeDevices ?? []),
  ]);
  const names = new Set(asked.map(({ name }) => name));
  return volumes.filter(({ name }) => names.has(name)).flatMap((volume) => claimOf(volume, pod) ?? []);
}

/** Undefined for a volume of another kind. */
export function claimOf({ name, persistentVolumeClaim, ephemeral }: Volume, pod: Pod): PodClaim | undefined {
  if (persistentVolumeClaim) {
    const { claimName, readOnly = false } = persistentVolumeClaim;
    return { volume: name, claim: claimName, readOnly, isEphemeral: false };
  }
  if (!ephemeral) return undefined;
  return { volume: name, claim: `${pod.metadata.name}-${name}`, readOnly: false, isEphemeral: true };
}

/** Why the pod cannot have it, in the kubelet's words; undefined when it can. `found` is undefined when there is none. */
export function claimProblem(
  { claim, isEphemeral }: PodClaim,
  found: Claim | undefined,
  pod: Pod,
): string | undefined {
  const { namespace, uid } = pod.metadata;
  const problem = (message: string) => `error processing PVC ${namespace}/${claim}: ${message}`;
  if (!found) {
    return problem(`failed to fetch PVC from API server: persistentvolumeclaims "${claim}" not found`);
  }
  if (isEphemeral && found.owner !== uid) {
    return `PVC ${namespace}/${claim} was not created for pod ${podKey(pod)} (pod is not owner)`;
  }
  return found.kind === 'unusable' ? problem(found.message) : undefined;
}

/** As the kubelet tells of volumes that it cannot even begin with. */
export function unprocessed(volume: string, why: string): string {
  return `Unable to attach or mount volumes: unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[${volume}]: ${why}`;
}
