// Reads a file that a container has left in a volume: never anything outside of it, and no more than asked for, whatever
// is written there meanwhile.
import { open } from 'node:fs/promises';
import { openExisting } from './sub-path.ts';

/** Undefined when there is none. Rejects when it is no file, is longer, or lies outside the volume. */
export async function readVolumeFile(
  volume: string,
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  try {
    await using found = await openExisting(volume, path);
    if (!found.stats.isFile()) throw new Error('it is no file');
    await using file = await open(`/proc/self/fd/${found.handle.fd}`, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
    if (bytesRead > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
