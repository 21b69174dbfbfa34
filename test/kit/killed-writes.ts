// The death of a process between two of its changes to the file system, for tests of what it leaves: after so many of
// them the next is done by half or not at all, and so is whatever comes after.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const CHANGES = [
  'mkdir',
  'writeFile',
  'chmod',
  'chown',
  'symlink',
  'rename',
  'rm',
  'rmdir',
  'unlink',
] as const;

class Killed extends Error {}

/** Resolves to true when the work was done before the death came. */
export async function killedAfter(changes: number, work: () => Promise<void>): Promise<boolean> {
  const originals = Object.fromEntries(CHANGES.map((name) => [name, fs[name]]));
  const { writeFile } = fs;
  let left = changes;
  const die = async (name: string, args: readonly unknown[]) => {
    const [path, content] = args as [string, Buffer];
    if (left-- === 0 && name === 'writeFile') await writeFile(path, content.subarray(0, content.length >> 1));
    throw new Killed();
  };
  const patched = CHANGES.map((name) => [
    name,
    (...args: unknown[]) => {
      if (left <= 0) return die(name, args);
      left--;
      return (originals[name] as (...all: unknown[]) => Promise<unknown>)(...args);
    },
  ]);
  Object.assign(fs, Object.fromEntries(patched));
  syncBuiltinESMExports();
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return false;
  } finally {
    Object.assign(fs, originals);
    syncBuiltinESMExports();
  }
}
