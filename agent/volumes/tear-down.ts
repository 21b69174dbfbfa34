// Takes a pod's volumes away, and never anything that was only shown in them: what is mounted below the pod's folders is
// unmounted first, nothing is deleted while the kernel still knows of a mount there, and what is mounted later (by what an
// agent that died had begun) is not entered.
import { readdir, realpath } from 'node:fs/promises';
import { LongshoreError } from '../../common/errors.ts';
import { mountsBelow, readMounts } from './mount-table.ts';
import type { Mounter } from './mounter.ts';
import { removeTree } from './remove-tree.ts';

/** Does nothing when there is nothing. Rejects while something is in use; what is left then can be taken away later. */
export async function removeFolders(
  paths: readonly string[],
  mounter: Pick<Mounter, 'unmount'>,
): Promise<void> {
  // As the kernel names them, in its table of mounts.
  const folders = (await Promise.all(paths.map(realPath))).filter((path) => path !== undefined);
  for (const folder of folders) {
    for (const { mountPoint, fileSystem } of mountsBelow(await readMounts(), folder)) {
      // A server that is gone would keep this waiting for it.
      await mounter.unmount(mountPoint, { lazily: fileSystem.startsWith('nfs') });
    }
  }
  // A look of its own: only what the kernel says now counts.
  const mounts = await readMounts();
  for (const folder of folders) {
    const [left] = mountsBelow(mounts, folder);
    if (left) throw new LongshoreError('unavailable', `${left.mountPoint} is still mounted`);
    await removeTree(folder);
  }
}

/** Undefined when there is nothing. */
function realPath(path: string): Promise<string | undefined> {
  return realpath(path).catch(ifThere);
}

function ifThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** The names of what is in a folder; none when there is no such folder. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(ifThere)) ?? [];
}
