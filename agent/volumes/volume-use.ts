// What is kept in a volume, as a kubelet counts it: of a folder of the pod's own what lies in it, of a file system of its own
// all of that. Not of what is the machine's own or lies on a server: nobody can say what of it is the pod's.
import { statfs } from 'node:fs/promises';
import type { PodVolume } from '../pod/pod-volume.ts';
import type { VolumeUse } from '../stats/reading.ts';
import { folderUsage } from './folder-usage.ts';

/** `path`: where it lies. */
export async function measureVolume(
  volume: PodVolume,
  path: () => string,
  signal: AbortSignal,
): Promise<VolumeUse | undefined> {
  const { name } = volume;
  switch (volume.kind) {
    case 'empty-dir':
      return volume.memory ? await ofFileSystem(name, path()) : await ofFolder(name, path(), signal);
    case 'files':
      return await ofFolder(name, path(), signal);
    case 'local':
      return await ofFileSystem(name, path());
    case 'host-path':
    case 'image':
    case 'nfs':
    case 'unready':
    case 'refused':
      return undefined;
    default:
      return volume satisfies never;
  }
}

async function ofFolder(name: string, path: string, signal: AbortSignal): Promise<VolumeUse> {
  const { bytes, inodes } = await folderUsage(path, signal);
  const { filesystem } = await fileSystem(path);
  return { name, usedBytes: bytes, usedInodes: inodes, filesystem };
}

async function ofFileSystem(name: string, path: string): Promise<VolumeUse> {
  const { usedBytes, usedInodes, filesystem } = await fileSystem(path);
  return { name, usedBytes, ...(usedInodes !== undefined && { usedInodes }), filesystem };
}

async function fileSystem(path: string) {
  const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(path);
  const room = { capacityBytes: blocks * bsize, availableBytes: bavail * bsize };
  const usedBytes = (blocks - bfree) * bsize;
  if (files === 0) return { usedBytes, filesystem: room };
  return { usedBytes, usedInodes: files - ffree, filesystem: { ...room, inodes: files, freeInodes: ffree } };
}
