// Small files in which the kernel tells of the machine's sensors. Undefined: it does not tell.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function readWord(...path: readonly string[]): Promise<string | undefined> {
  try {
    return (await readFile(join(...path), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

export async function readWhole(...path: readonly string[]): Promise<number | undefined> {
  const word = await readWord(...path);
  return word !== undefined && /^-?\d{1,15}$/.test(word) ? Number(word) : undefined;
}

/** Names in a folder, sorted and no more than that many. */
export async function namesIn(folder: string, most: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.sort().slice(0, most);
}
