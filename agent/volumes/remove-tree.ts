// Deletes a folder with all that is in it, on its own file system alone: what is mounted in it is not entered, whoever
// mounts it and whenever. However deep containers have nested their folders, no path gets long: what is in a folder moves
// up to the top before the folder goes.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { LongshoreError } from '../../common/errors.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Does nothing when there is nothing. Whoever dies in the middle leaves less of it. */
export async function removeTree(path: string): Promise<void> {
  const top = await open(path, FOLDER).catch(unless('ENOENT'));
  if (!top) return;
  try {
    const run = randomBytes(6).toString('hex');
    let moved = 0;
    const { dev } = await top.stat();
    const moveUp = (from: string) => rename(from, `${within(top)}/${run}-${moved++}`);
    while (
      await forEach(top, async ({ at, isFolder }) => {
        if (!isFolder) return await unlink(at);
        await empty(at, dev, moveUp);
        // What was missed is found the next time.
        await removeIfEmpty(at);
      })
    );
  } finally {
    await top.close();
  }
  await rmdir(path).catch(unless('ENOENT'));
}

async function empty(path: string, dev: number, moveUp: (path: string) => Promise<void>): Promise<void> {
  const folder = await open(path, FOLDER);
  try {
    if ((await folder.stat()).dev !== dev) {
      throw new LongshoreError('unavailable', 'something has been mounted in a folder that is to be deleted');
    }
    await forEach(folder, async ({ at, isFolder }) => {
      if (!isFolder) return await unlink(at);
      if (!(await removeIfEmpty(at))) await moveUp(at);
    });
  } finally {
    await folder.close();
  }
}

async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    unless('ENOTEMPTY')(error as NodeJS.ErrnoException);
    return false;
  }
}

interface Entry {
  readonly at: string;
  readonly isFolder: boolean;
}

/** Resolves to false when there was none. */
async function forEach(folder: FileHandle, work: (entry: Entry) => Promise<void>): Promise<boolean> {
  let any = false;
  for await (const entry of await opendir(within(folder))) {
    any = true;
    await work({ at: `${within(folder)}/${entry.name}`, isFolder: entry.isDirectory() });
  }
  return any;
}

/** The folder that was opened, whatever its name leads to by now. */
function within({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
