// Sees to it that a local PersistentVolume is there, and belongs to the pod's group from the pod's start on; what its
// containers make of it then is theirs. It is the machine's own: it is neither made nor removed here.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import type { LocalVolume } from '../pod/machine-volume.ts';
import { giveToGroup } from './group-owner.ts';
import type { PodFolders } from './pod-folders.ts';

export async function ensureLocal({ name, path, owner }: LocalVolume, folders: PodFolders): Promise<void> {
  if (!isAbsolute(path)) throw new LongshoreError('invalid', `path "${path}" is not absolute`);
  const found = await stat(path).catch(ifThere);
  if (!found) throw new LongshoreError('precondition', `path "${path}" does not exist`);
  if (!found.isDirectory()) {
    const message = `path "${path}" is no directory: agents format and mount no disks, mount it on the machine first`;
    throw new LongshoreError('precondition', message);
  }
  const mark = folders.ownedMark(name);
  if (!owner || (await stat(mark).catch(ifThere))) return;
  await giveToGroup(path, owner);
  await mkdir(dirname(mark), { recursive: true, mode: 0o700 });
  await writeFile(mark, '');
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
