// Files that are whole or absent, whatever dies when: written beside their place, made durable, renamed into it.
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

export const TEMPORARY_SUFFIX = '.tmp';

let written = 0;

/** Readable by the owner alone. Durable when it resolves; rejects with `unavailable`; a concurrent write of the same file wins or loses whole. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}-${written++}${TEMPORARY_SUFFIX}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new LongshoreError(
      'unavailable',
      `cannot write ${path}: see that its disk has room and is not read-only`,
      { cause },
    );
  }
}

/** Durable when it resolves; does nothing when there is no such file. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** Undefined when there is no such file; throws when it is longer than the bound. */
export async function readBoundedFile(path: string, maxBytes: number): Promise<string | undefined> {
  return (await readBoundedBytes(path, maxBytes))?.toString('utf8');
}

/** Undefined when there is no such file; throws when it is longer than the bound. */
export async function readBoundedBytes(path: string, maxBytes: number): Promise<Buffer | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new Error(`${path} has ${size} bytes, more than the ${maxBytes} it may have`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
