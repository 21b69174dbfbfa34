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

/** Files that are empty, then folders with nothing in them, the innermost first. */
const FILES = ['.dockerenv', 'dev/console', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf'];
const FOLDERS = ['dev/pts', 'dev/shm', 'dev', 'etc', 'proc', 'sys'];

const MAX_COMPLAINT = 500;

export async function unpack(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await extract(archive, folder, signal);
  for (const name of FILES)
    await removeIf(join(folder, name), async (path) => (await lstat(path)).size === 0);
  await removeIf(join(folder, 'etc/mtab'), async (path) => (await readlink(path)) === '/proc/mounts');
  for (const name of FOLDERS) await rmdir(join(folder, name)).catch(ignoreOthers);
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

async function removeIf(path: string, isEmpty: (path: string) => Promise<boolean>): Promise<void> {
  try {
    if (await isEmpty(path)) await unlink(path);
  } catch (error) {
    ignoreOthers(error as NodeJS.ErrnoException);
  }
}

/** It is not there, or is something else and the image's own. */
function ignoreOthers({ code, message }: NodeJS.ErrnoException): void {
  const harmless = ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EINVAL', 'EISDIR', 'EPERM'];
  if (!harmless.includes(code ?? '')) throw new LongshoreError('unavailable', message);
}
