// Unpacks the export of a container that never ran, without what Docker puts into every container: those places are
// empty in it, and are left out where the image has nothing there either.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, readlink, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { describeError, LongshoreError } from '../../common/errors.ts';

/** By the folder they are in: files that are empty. */
const FILES = { '.': ['.dockerenv'], dev: ['console'], etc: ['hostname', 'hosts', 'resolv.conf'] };
/** Folders with nothing in them, the innermost first. */
const FOLDERS = { dev: ['pts', 'shm'], '.': ['dev', 'etc', 'proc', 'sys'] };

const MAX_COMPLAINT = 500;

export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await extract(archive, folder, signal);
  for (const path of await pathsIn(folder, FILES)) {
    await removeIf(path, async () => (await lstat(path)).size === 0);
  }
  for (const path of await pathsIn(folder, { etc: ['mtab'] })) {
    await removeIf(path, async () => (await readlink(path)) === '/proc/mounts');
  }
  for (const path of await pathsIn(folder, FOLDERS)) await rmdir(path).catch(ignoreOthers);
  // It is used for as long as it is there, after a power cut too.
  await promisify(execFile)('sync', ['-f', folder]);
}

async function extract(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const tar = spawn('tar', ['-x', '-p', '--numeric-owner', '-f', '-', '-C', folder], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    signal,
    killSignal: 'SIGKILL',
  });
  let complaint = '';
  tar.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, MAX_COMPLAINT);
  });
  const ended = once(tar, 'close').catch((cause: unknown) => {
    throw new LongshoreError('unavailable', `cannot run tar (${describeError(cause)}): install tar`, {
      cause,
    });
  });
  // A program that has ended takes no more; why is what it says.
  const fed = pipeline(Readable.from(archive), tar.stdin, { signal }).catch((error: unknown) => error);
  const [code] = await ended.catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  const failure = await fed;
  if (code !== 0) {
    const said = complaint.trim().replaceAll(/\s*\n\s*/g, ' ');
    throw new LongshoreError('unavailable', `cannot unpack the image: ${said || `tar ended with ${code}`}`);
  }
  if (failure) throw failure;
}

/** What an image has as a link instead of a folder may lead anywhere: nothing behind it is looked at. */
async function pathsIn(
  root: string,
  names: Readonly<Record<string, readonly string[]>>,
): Promise<readonly string[]> {
  const paths = Object.entries(names).map(async ([folder, inside]) => {
    const stats = await lstat(join(root, folder)).catch(ignoreOthers);
    return stats?.isDirectory() ? inside.map((name) => join(root, folder, name)) : [];
  });
  return (await Promise.all(paths)).flat();
}

async function removeIf(path: string, isEmpty: () => Promise<boolean>): Promise<void> {
  try {
    if (await isEmpty()) await unlink(path);
  } catch (error) {
    ignoreOthers(error as NodeJS.ErrnoException);
  }
}

/** It is not there, or is something else and the image's own. */
function ignoreOthers({ code, message }: NodeJS.ErrnoException): undefined {
  const harmless = ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EINVAL', 'EISDIR', 'EPERM'];
  if (!harmless.includes(code ?? '')) throw new LongshoreError('unavailable', message);
}
