// Seccomp profiles that the machine's owner offers to pods, by their path below one folder.
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';

const MAX_BYTES = 1 << 20;

export type ReadSeccompProfile = (path: string) => Promise<string>;

export function createSeccompProfiles(folder: string): ReadSeccompProfile {
  return async (path) => {
    const problem = (why: string, cause?: unknown) =>
      new Error(`cannot load seccomp profile "${join(folder, path)}": ${why}`, { cause });
    const inside = !isAbsolute(path) && normalize(path) !== '..' && !normalize(path).startsWith('../');
    if (!inside) throw problem('it leads out of the folder of profiles');
    try {
      const file = join(folder, path);
      if ((await stat(file)).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
      const text = await readFile(file, 'utf8');
      // One line: what stands in it goes into one option of the container.
      return JSON.stringify(JSON.parse(text));
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw problem(missing ? 'no such file on this machine' : (cause as Error).message, cause);
    }
  };
}
