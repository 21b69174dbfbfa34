// What the summary says of disks: of a file system as a whole, of what each container has written, of volumes, and of all
// that a pod keeps on its machine's disk.
import type { Pod } from '../../../common/pod.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import type { FilesystemStats__Output } from '../../../proto/gen/longshore/v1/FilesystemStats.ts';
import type { VolumeStats__Output } from '../../../proto/gen/longshore/v1/VolumeStats.ts';
import type { PodFigures } from './node-figures.ts';

type Json = Readonly<Record<string, unknown>>;

export function wholeFileSystem(stats: FilesystemStats__Output, time: string): Json {
  const { capacityBytes, availableBytes } = stats;
  return { ...roomOf(stats, time), usedBytes: Math.max(0, capacityBytes - availableBytes) };
}

/** Of the file system as a whole, whoever uses it. */
function roomOf(stats: FilesystemStats__Output, time: string): Json {
  const { capacityBytes, availableBytes, inodes, freeInodes } = stats;
  const inodesUsed =
    inodes !== undefined && freeInodes !== undefined ? Math.max(0, inodes - freeInodes) : undefined;
  return { time, availableBytes, capacityBytes, inodes, inodesFree: freeInodes, inodesUsed };
}

/** What is in use is the container's own, of its layer the bytes alone; what is left is left to all. */
export function writtenStats(
  { writtenBytes, logBytes, logFiles }: ContainerStats__Output,
  { time, filesystem }: { readonly time: string; readonly filesystem: FilesystemStats__Output | null },
): Json {
  const room = filesystem ? roomOf(filesystem, time) : { time };
  return {
    ...(writtenBytes !== undefined && {
      rootfs: { ...room, inodesUsed: undefined, usedBytes: writtenBytes },
    }),
    ...(logBytes !== undefined && { logs: { ...room, inodesUsed: logFiles, usedBytes: logBytes } }),
  };
}

/** Nothing is said of the whole while a part of it has not been measured. */
export function storageStats({ pod, stats, filesystem }: PodFigures, time: string): Json {
  const { containers, volumes } = stats;
  const written = containers.map(({ writtenBytes, logBytes = 0 }) =>
    writtenBytes === undefined ? undefined : writtenBytes + logBytes,
  );
  const measured = new Map(volumes.map(({ name, usedBytes }) => [name, usedBytes]));
  const onDisk = emptyDirs(pod).map((name) => measured.get(name));
  const parts = [...written, ...onDisk];
  const usedBytes = parts.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const room = filesystem ? roomOf(filesystem, time) : { time };
  const isWhole =
    written.every((bytes) => bytes !== undefined) && emptyDirs(pod).every((name) => measured.has(name));
  return {
    ...(volumes.length > 0 && { volume: volumes.map((volume) => volumeStats(pod, volume, time)) }),
    ...(isWhole && { 'ephemeral-storage': { ...room, inodesUsed: undefined, usedBytes } }),
  };
}

function volumeStats(
  { metadata, spec }: Pod,
  { name, usedBytes, usedInodes, filesystem }: VolumeStats__Output,
  time: string,
): Json {
  const volume = spec.volumes?.find((one) => one.name === name);
  const claim =
    volume?.persistentVolumeClaim?.claimName ?? (volume?.ephemeral ? `${metadata.name}-${name}` : undefined);
  return {
    ...(filesystem ? roomOf(filesystem, time) : { time }),
    ...{ inodesUsed: usedInodes, usedBytes, name },
    ...(claim !== undefined && { pvcRef: { name: claim, namespace: metadata.namespace } }),
  };
}

/** Those on its machine's disk that a container has: what they keep is the pod's own. */
function emptyDirs({ spec }: Pod): string[] {
  const members = [...spec.containers, ...(spec.initContainers ?? [])];
  const mounted = new Set(members.flatMap(({ volumeMounts }) => volumeMounts ?? []).map(({ name }) => name));
  const onDisk = (spec.volumes ?? []).filter(({ emptyDir }) => emptyDir && emptyDir.medium !== 'Memory');
  return onDisk.map(({ name }) => name).filter((name) => mounted.has(name));
}
