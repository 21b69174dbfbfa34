// How much a folder keeps on its disk, as the kubelet counts: blocks in use, hard links once. It never leaves the folder's
// own file system. What vanishes while it looks counts for nothing.
import type { Dirent } from 'node:fs';
import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** Of `stat.blocks`, whatever the file system's own. */
const BLOCK_BYTES = 512;

export interface FolderUsage {
  readonly bytes: number;
  /** Itself included. */
  readonly inodes: number;
}

export async function folderBytes(folder: string): Promise<number> {
  return (await folderUsage(folder)).bytes;
}

/** Rejects when the signal aborts, which a large folder may take long enough for. */
export async function folderUsage(folder: string, signal?: AbortSignal): Promise<FolderUsage> {
  const { dev } = await lstat(folder);
  const linked = new Set<number>();
  let [bytes, inodes] = [0, 1];
  for (const pending = [folder]; pending.length > 0; ) {
    signal?.throwIfAborted();
    const current = pending.pop() ?? folder;
    for (const path of await pathsIn(current)) {
      const stats = await lstat(path).catch(vanished);
      if (!stats || stats.dev !== dev || linked.has(stats.ino)) continue;
      if (stats.nlink > 1 && !stats.isDirectory()) linked.add(stats.ino);
      bytes += stats.blocks * BLOCK_BYTES;
      inodes++;
      if (stats.isDirectory()) pending.push(path);
    }
  }
  return { bytes, inodes };
}

/** Of a file system of its own: asking it is all it takes. */
export async function fileSystemBytes(path: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(path);
  return (blocks - bfree) * bsize;
}

async function pathsIn(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const entries: AsyncIterable<Dirent> | undefined = await opendir(folder).catch(vanished);
  for await (const { name } of entries ?? []) paths.push(join(folder, name));
  return paths;
}

function vanished(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
