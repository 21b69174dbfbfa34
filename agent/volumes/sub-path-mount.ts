// Shows a part of a volume at a path of its own, where Docker can take it without looking at any name in the volume.
import { mkdir, open, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mountsBelow, readMounts } from './mount-table.ts';
import type { Mounter } from './mounter.ts';
import { type Opened, openExisting, openSubPath } from './sub-path.ts';

export interface SubPathMount {
  readonly volume: string;
  readonly subPath: string;
  /** What is missing is made. */
  readonly makes: boolean;
  /** Where to show it. */
  readonly target: string;
}

/** What is shown there already stays when it is the same; a container that has the former keeps it. */
export async function showSubPath(
  { volume, subPath, target, makes }: SubPathMount,
  mounter: Mounter,
): Promise<void> {
  await using opened = await (makes ? openSubPath : openExisting)(volume, subPath);
  const mounted = mountsBelow(await readMounts(), target);
  if (mounted.length === 1 && (await isSame(opened, target))) return;
  for (const { mountPoint } of mounted) await mounter.unmount(mountPoint);
  await makeTarget(opened, target);
  await mounter.bind(opened.handle, target);
}

async function isSame({ stats }: Opened, target: string): Promise<boolean> {
  const { dev, ino } = await stat(target);
  return dev === stats.dev && ino === stats.ino;
}

/** A folder is mounted on a folder, anything else on a file. */
async function makeTarget({ stats }: Opened, target: string): Promise<void> {
  await removeEmpty(target);
  await mkdir(stats.isDirectory() ? target : dirname(target), { recursive: true, mode: 0o700 });
  if (!stats.isDirectory()) await (await open(target, 'wx', 0o600)).close();
}

/** Never anything with something in it. */
async function removeEmpty(path: string): Promise<void> {
  try {
    await ((await stat(path)).isDirectory() ? rmdir(path) : unlink(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
