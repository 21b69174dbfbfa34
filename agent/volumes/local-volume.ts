// Sees to it that a local PersistentVolume is there, and belongs to the pod's group. It is the machine's own: it is
// neither made nor removed here.
import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import type { LocalVolume } from '../pod/machine-volume.ts';
import { giveToGroup } from './group-owner.ts';

export async function ensureLocal({ path, owner }: LocalVolume): Promise<void> {
  if (!isAbsolute(path)) throw new LongshoreError('invalid', `path "${path}" is not absolute`);
  const found = await stat(path).catch(ifThere);
  if (!found) throw new LongshoreError('precondition', `path "${path}" does not exist`);
  if (!found.isDirectory()) {
    const message = `path "${path}" is no directory: agents format and mount no disks, mount it on the machine first`;
    throw new LongshoreError('precondition', message);
  }
  if (owner) await giveToGroup(path, owner);
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
