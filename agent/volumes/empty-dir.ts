// Makes emptyDirs. One is there, whole and with its owner, or not at all: what is there is never touched again, for it
// belongs to the containers. Only how much one in memory may hold follows the pod.
import { chmod, chown, lstat, mkdir, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EmptyDir } from '../pod/pod-volume.ts';
import { mountTmpfs } from './memory-folder.ts';
import { readMounts } from './mount-table.ts';
import type { Mounter } from './mounter.ts';
import type { PodFolders } from './pod-folders.ts';

/** Anybody may write, whoever a container runs as. */
const MODE = 0o777;
/** What is made in it belongs to its group. */
const SETGID = 0o2000;

export async function ensureEmptyDir(volume: EmptyDir, folders: PodFolders, mounter: Mounter): Promise<void> {
  if (volume.memory) await ensureInMemory(volume, folders.memoryVolume(volume.name), mounter);
  else await ensureOnDisk(volume, folders);
}

async function ensureOnDisk({ name, group }: EmptyDir, folders: PodFolders): Promise<void> {
  const path = folders.diskVolume(name);
  if (await isThere(path)) return;
  const unfinished = folders.unfinishedVolume(name);
  await rm(unfinished, { recursive: true, force: true });
  for (const folder of [unfinished, dirname(path)]) await mkdir(folder, { recursive: true, mode: 0o700 });
  if (group !== undefined) await chown(unfinished, -1, group);
  await chmod(unfinished, group === undefined ? MODE : MODE | SETGID);
  await rename(unfinished, path);
}

async function ensureInMemory({ memory, group }: EmptyDir, path: string, mounter: Mounter): Promise<void> {
  const size = memory?.maxBytes;
  const mounted = (await readMounts()).some(({ mountPoint }) => mountPoint === path);
  if (mounted) return size === undefined ? undefined : await ensureSize(path, size, mounter);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const mode = (group === undefined ? MODE : MODE | SETGID).toString(8);
  const options = [
    `mode=${mode}`,
    ...(group === undefined ? [] : [`gid=${group}`]),
    ...(size === undefined ? [] : [`size=${size}`]),
  ];
  await mountTmpfs(path, options, mounter);
}

/** What it holds already it keeps, however little it may hold from now on. */
async function ensureSize(path: string, size: number, mounter: Mounter): Promise<void> {
  const { blocks, bfree, bsize } = await statfs(path);
  const wanted = Math.max(Math.ceil(size / bsize), blocks - bfree);
  if (wanted !== blocks) await mountTmpfs(path, ['remount', `size=${wanted * bsize}`], mounter);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
