// How the machine calls its disks by their numbers: `sda` is 8:0. Each is looked up once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Disks that come and go are few. */
const MAX_KNOWN = 1024;

/** `folder`: the machine's `/sys/dev/block`. Answers undefined where it does not say. */
export function createDiskNames(folder: string): (major: number, minor: number) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (major, minor) => {
    const key = `${major}:${minor}`;
    if (known.has(key)) return known.get(key);
    if (known.size >= MAX_KNOWN) known.clear();
    const name = readName(join(folder, key, 'uevent'));
    known.set(key, name);
    return name;
  };
}

function readName(path: string): string | undefined {
  try {
    return /^DEVNAME=([\w/!.-]{1,64})$/m.exec(readFileSync(path, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
