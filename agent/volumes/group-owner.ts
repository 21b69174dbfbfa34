// Gives a folder with all that is in it to a group, as a kubelet does for fsGroup. Containers may write there meanwhile:
// each entry is opened from the folder before it without following any link, and changed through what was opened.
import { constants } from 'node:fs';
import { chmod, chown, type FileHandle, open, readdir } from 'node:fs/promises';
import type { VolumeOwner } from '../pod/machine-volume.ts';

/** Opens nothing for reading or writing. Node.js has no name for it. */
const O_PATH = 0o10000000;
const ENTRY = O_PATH | constants.O_NOFOLLOW;

const GROUP_MAY = 0o660;
const GROUP_MAY_IN_FOLDER = 0o2770;

export async function giveToGroup(folder: string, { group, onlyOnMismatch }: VolumeOwner): Promise<void> {
  await using root = await open(folder, O_PATH);
  if (onlyOnMismatch && (await belongsTo(root, group))) return;
  // The folder itself comes last: it is the mark that all of it is done.
  await giveBelow(root, group);
  await give(root, group);
}

async function belongsTo(handle: FileHandle, group: number): Promise<boolean> {
  const { gid, mode } = await handle.stat();
  return gid === group && (mode & GROUP_MAY_IN_FOLDER) === GROUP_MAY_IN_FOLDER;
}

async function giveBelow(folder: FileHandle, group: number): Promise<void> {
  for (const name of await readdir(pathOf(folder))) {
    const entry = await open(`${pathOf(folder)}/${name}`, ENTRY).catch(ifThere);
    if (!entry) continue;
    try {
      if ((await entry.stat()).isDirectory()) await giveBelow(entry, group);
      await give(entry, group);
    } finally {
      await entry.close();
    }
  }
}

async function give(handle: FileHandle, group: number): Promise<void> {
  const stats = await handle.stat();
  if (stats.isSymbolicLink()) return;
  await chown(pathOf(handle), -1, group);
  const more = stats.isDirectory() ? GROUP_MAY_IN_FOLDER : GROUP_MAY;
  await chmod(pathOf(handle), (stats.mode & 0o7777) | more);
}

function pathOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
