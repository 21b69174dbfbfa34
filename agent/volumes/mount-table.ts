// What is mounted where, as this process sees it: /proc/self/mountinfo.
import { readFile } from 'node:fs/promises';

export interface MountEntry {
  readonly mountPoint: string;
  readonly fileSystem: string;
}

export async function readMounts(): Promise<readonly MountEntry[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** In the order they were mounted. */
export function parseMountInfo(text: string): readonly MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [fixed = '', optional = ''] = line.split(' - ');
    const mountPoint = fixed.split(' ')[4];
    return mountPoint === undefined
      ? []
      : [{ mountPoint: plain(mountPoint), fileSystem: optional.split(' ')[0] ?? '' }];
  });
}

/** Mounted on a folder or anywhere below it, in an order in which they can be unmounted. */
export function mountsBelow(mounts: readonly MountEntry[], folder: string): readonly MountEntry[] {
  return mounts
    .filter(({ mountPoint }) => mountPoint === folder || mountPoint.startsWith(`${folder}/`))
    .reverse()
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length);
}

/** The kernel writes blanks and backslashes as three octal digits, byte by byte. */
function plain(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}
