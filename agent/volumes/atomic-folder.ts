// A folder of files that are replaced all at once, in the layout that programs know from the kubelet: the files lie in a
// folder named by the time, `..data` is a link to it, and each name in the volume is a link through `..data`. One rename
// of that link brings all new files; a reader that follows it once sees all old ones or all new ones. Whoever dies in the
// middle leaves either, and some rubbish that the next write clears away.
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileMap } from '../pod/volume-files.ts';

const DATA = '..data';
const NEXT_DATA = '..data_tmp';
const FOLDER_MODE = 0o755;
/** A group that the folder belongs to may read it, and what is made in it is the group's. */
const GROUP_FOLDER_MODE = 0o2755;

export interface AtomicFolder {
  readonly path: string;
  /** Undefined: the agent's own. */
  readonly group: number | undefined;
}

/** What is as it should be already is not touched. */
export async function writeFolder(folder: AtomicFolder, files: FileMap): Promise<void> {
  await makeFolder(folder.path, folder.group);
  const before = await currentData(folder.path);
  const current =
    before !== undefined && (await holds(join(folder.path, before), files))
      ? before
      : await replaceData(folder, files);
  await linkNames(folder.path, files);
  await clearRubbish(folder.path, current);
}

/** It has been written once, whole. */
export async function isWritten(path: string): Promise<boolean> {
  return (await currentData(path)) !== undefined;
}

async function currentData(path: string): Promise<string | undefined> {
  return readlink(join(path, DATA)).catch(absent);
}

/** Resolves with the name of the folder in which the files now lie. */
async function replaceData({ path, group }: AtomicFolder, files: FileMap): Promise<string> {
  const name = `..${timestamp()}.${randomBytes(5).toString('hex')}`;
  try {
    await writeFiles({ path: join(path, name), group }, files);
  } catch (error) {
    await rm(join(path, name), { recursive: true, force: true });
    throw error;
  }
  await rm(join(path, NEXT_DATA), { force: true });
  await symlink(name, join(path, NEXT_DATA));
  await rename(join(path, NEXT_DATA), join(path, DATA));
  return name;
}

async function writeFiles({ path, group }: AtomicFolder, files: FileMap): Promise<void> {
  await makeFolder(path, group);
  for (const [file, { content, mode, owner }] of files) {
    const at = join(path, file);
    await makeParents(path, file, group);
    await writeFile(at, content, { mode: 0o600, flag: 'wx' });
    if (owner !== undefined || group !== undefined) await chown(at, owner ?? -1, group ?? -1);
    await chmod(at, mode);
  }
}

async function makeParents(root: string, file: string, group: number | undefined): Promise<void> {
  const parts = dirname(file).split('/');
  for (const [at, part] of parts.entries()) {
    if (part !== '.') await makeFolder(join(root, ...parts.slice(0, at + 1)), group);
  }
}

async function makeFolder(path: string, group: number | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (group !== undefined) await chown(path, -1, group);
  await chmod(path, group === undefined ? FOLDER_MODE : GROUP_FOLDER_MODE);
}

async function linkNames(path: string, files: FileMap): Promise<void> {
  const wanted = new Set([...files.keys()].map((file) => file.split('/')[0] ?? ''));
  const present = await readdir(path, { withFileTypes: true });
  for (const name of wanted) {
    const target = join(DATA, name);
    const at = join(path, name);
    if ((await readlink(at).catch(absent)) === target) continue;
    // A container that mounted this part before it was there has made a folder of it.
    if (present.some((entry) => entry.name === name && entry.isDirectory())) await rmdir(at);
    await symlink(target, at);
  }
  for (const entry of present) {
    const stale = entry.isSymbolicLink() && !entry.name.startsWith('..') && !wanted.has(entry.name);
    if (stale) await unlink(join(path, entry.name));
  }
}

/** Folders of before, and of an agent that died while it wrote one. */
async function clearRubbish(path: string, current: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.startsWith('..') || name === DATA || name === current) continue;
    await rm(join(path, name), { recursive: true, force: true });
  }
}

async function holds(path: string, files: FileMap): Promise<boolean> {
  const present = await readdir(path, { recursive: true, withFileTypes: true }).catch(absent);
  const plain = (present ?? []).filter((entry) => !entry.isDirectory());
  if (!present || plain.length !== files.size) return false;
  for (const [file, { content }] of files) {
    const found = await readFile(join(path, file)).catch(absent);
    if (!found?.equals(content)) return false;
  }
  return true;
}

/** As in names of the kubelet: `2026_01_31_23_59_59`. */
function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(/[-:T]/g, '_');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (!['ENOENT', 'ENOTDIR', 'EINVAL', 'EISDIR'].includes(error.code ?? '')) throw error;
}
