// Opens a part of a volume without ever leaving it. Containers write into volumes while this looks: links are resolved
// once and judged, then every step is opened from the one before and must not be a link. What comes out is an open file
// or folder, which no later change of names can turn into something else.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

/** Opens nothing for reading or writing, so that a pipe or a socket is no trouble. Node.js has no name for it. */
const O_PATH = 0o10000000;
const STEP = O_PATH | constants.O_NOFOLLOW;
const FOLDER_STEP = STEP | constants.O_DIRECTORY;

export interface Opened extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/** Where nothing is yet a folder is made, with the volume's own mode. */
export async function openSubPath(volume: string, subPath: string): Promise<Opened> {
  const root = await realpath(volume);
  await makeMissing(root, join(root, subPath));
  return await openExisting(volume, subPath);
}

/** Rejects with ENOENT when there is nothing. */
export async function openExisting(volume: string, subPath: string): Promise<Opened> {
  const root = await realpath(volume);
  const wanted = join(root, subPath);
  const steps = stepsWithin(root, await realpath(wanted));
  const handle = await walk(root, steps);
  try {
    const stats = await handle.stat();
    if (stats.isSymbolicLink()) throw escaped();
    return { handle, stats, [Symbol.asyncDispose]: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The folders on the way that are not there, below the last one that is. */
async function makeMissing(root: string, wanted: string): Promise<void> {
  const missing: string[] = [];
  let existing = wanted;
  while (existing !== root && !(await isThere(existing))) {
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
  if (missing.length === 0) return;
  const { mode } = await lstat(root);
  let parent = await walk(root, stepsWithin(root, await realpath(existing)));
  try {
    for (const name of missing) {
      await mkdir(below(parent, name)).catch(ignoreExisting);
      const made = await open(below(parent, name), constants.O_DIRECTORY | constants.O_NOFOLLOW);
      await parent.close();
      parent = made;
      // Whatever the umask says; with the setgid bit of a volume that belongs to a group.
      await made.chmod(mode & 0o2777);
    }
  } finally {
    await parent.close();
  }
}

async function walk(root: string, steps: readonly string[]): Promise<FileHandle> {
  let handle = await open(root, FOLDER_STEP);
  for (const [at, step] of steps.entries()) {
    const flags = at === steps.length - 1 ? STEP : FOLDER_STEP;
    const next = await open(below(handle, step), flags).finally(() => handle.close());
    handle = next;
  }
  return handle;
}

function below(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

function stepsWithin(root: string, path: string): string[] {
  const inside = relative(root, path);
  if (inside === '..' || inside.startsWith(`..${sep}`)) throw escaped();
  return inside === '' ? [] : inside.split(sep);
}

/** A link counts, wherever it leads. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

function escaped(): LongshoreError {
  return new LongshoreError('forbidden', 'the path leads out of its volume');
}
