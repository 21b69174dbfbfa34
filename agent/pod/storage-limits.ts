// Whether a pod keeps more on the machine's disks than it may: in one emptyDir, in one container's own layer and logs, or
// in all together. A pod that does is evicted, with the kubelet's message.
import type { Pod } from '../../common/pod.ts';
import { formatQuantity, parseQuantity, wholeUnits } from '../../common/quantity.ts';
import { peak } from './peak.ts';
import { type PodContainer, podMembers } from './pod-containers.ts';
import type { Volume } from './pod-volume.ts';

/** What is in use, in bytes, by name. What could not be measured is not there. */
export interface StorageUsage {
  readonly emptyDirs: ReadonlyMap<string, { readonly bytes: number; readonly onDisk: boolean }>;
  /** What containers wrote into their own layers and logs. */
  readonly containers: ReadonlyMap<string, number>;
}

/** There is something to hold it to. */
export function limitsStorage(pod: Pod): boolean {
  return limitsContainers(pod) || (pod.spec.volumes ?? []).some((volume) => bytesOf(sizeLimit(volume)) > 0);
}

export function limitsContainers(pod: Pod): boolean {
  return podMembers(pod).some(({ spec }) => bytesOf(storageLimit(spec)) > 0);
}

/** Why it is to be evicted; undefined when all is well. */
export function storageExcess(pod: Pod, usage: StorageUsage): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    const limit = bytesOf(sizeLimit(volume));
    if (limit > 0 && (usage.emptyDirs.get(volume.name)?.bytes ?? 0) > limit) {
      return `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${sizeLimit(volume)}".`;
    }
  }
  const members = podMembers(pod).map(({ spec }) => spec);
  const total = Number(peak(pod, (spec) => BigInt(bytesOf(storageLimit(spec)))));
  const onDisk = [...usage.emptyDirs.values()].filter((volume) => volume.onDisk);
  const used = [...usage.containers.values(), ...onDisk.map(({ bytes }) => bytes)];
  if (total > 0 && used.reduce((sum, bytes) => sum + bytes, 0) > total) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytesText(total)}.`;
  }
  const over = members.find((spec) => {
    const limit = bytesOf(storageLimit(spec));
    return limit > 0 && (usage.containers.get(spec.name) ?? 0) > limit;
  });
  return (
    over && `Container ${over.name} exceeded its local ephemeral storage limit "${storageLimit(over) ?? ''}".`
  );
}

function sizeLimit({ emptyDir }: Volume): string | undefined {
  return emptyDir?.sizeLimit;
}

function storageLimit({ resources }: PodContainer): string | undefined {
  return resources?.limits?.['ephemeral-storage'];
}

function bytesText(bytes: number): string {
  return formatQuantity(BigInt(bytes) * 1000n, 'binary');
}

function bytesOf(quantity: string | undefined): number {
  return quantity === undefined ? 0 : wholeUnits(parseQuantity(String(quantity)) ?? 0n);
}
