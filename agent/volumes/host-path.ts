// Sees to it that what a hostPath names is there and of its type, and says so in the kubelet's words when it is not. It
// is the machine's own: nothing here ever changes or removes what was there before.
import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import type { HostPath } from '../pod/machine-volume.ts';

interface Check {
  /** What it is called when it is not. */
  readonly noun: string;
  readonly is: (stats: Stats) => boolean;
  readonly make?: (path: string) => Promise<void>;
}

const makeFolder = async (path: string) => {
  await mkdir(path, { recursive: true, mode: 0o755 });
};
const makeFile = async (path: string) => (await open(path, 'a', 0o644)).close();
const isFolder = (stats: Stats) => stats.isDirectory();
const isFile = (stats: Stats) => stats.isFile();

const CHECKS: Readonly<Record<string, Check>> = {
  // Whatever it is; a container runtime makes a folder where nothing is.
  '': { noun: '', is: () => true, make: makeFolder },
  DirectoryOrCreate: { noun: 'a directory', is: isFolder, make: makeFolder },
  Directory: { noun: 'a directory', is: isFolder },
  FileOrCreate: { noun: 'a file', is: isFile, make: makeFile },
  File: { noun: 'a file', is: isFile },
  Socket: { noun: 'a socket file', is: (stats) => stats.isSocket() },
  CharDevice: { noun: 'a character device', is: (stats) => stats.isCharacterDevice() },
  BlockDevice: { noun: 'a block device', is: (stats) => stats.isBlockDevice() },
};

export async function ensureHostPath({ path, type }: HostPath): Promise<void> {
  const check = CHECKS[type];
  if (!check) throw failed(`${path} is an invalid volume type`);
  if (!isAbsolute(path)) throw failed(`${path} is not an absolute path`);
  const found = await lookAt(path);
  if (!found && check.make) return await check.make(path);
  if (!found || !check.is(found)) throw failed(`${path} is not ${check.noun}`);
}

/** Undefined when nothing is there. */
async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function failed(what: string): LongshoreError {
  return new LongshoreError('precondition', `hostPath type check failed: ${what}`);
}
