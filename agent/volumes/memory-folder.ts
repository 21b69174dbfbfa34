// The one folder of the machine that secrets may be written to: a tmpfs of the agent's own, kept out of swap where the
// kernel can. What Docker cannot see of it (a mount hidden from it) it refuses to bind, for nothing in it lies on a disk.
import { chmod, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';
import { readMounts } from './mount-table.ts';
import type { Mounter } from './mounter.ts';

export interface MemoryFolder {
  /** Resolves once it has just been seen to be in memory; mounts it when it is not. */
  ensure(): Promise<void>;
}

const TMPFS_MAGIC = 0x01021994;
const OPTIONS = ['mode=0700', 'nosuid', 'nodev'];

/** Root's is where rules for secrets on a machine expect them; other users have a tmpfs of theirs, if any. */
export function memoryFolderOf(agentUid: string): string {
  const runtime = process.getuid?.() === 0 ? undefined : process.env['XDG_RUNTIME_DIR'];
  return join(runtime ?? '/run', 'longshore', agentUid);
}

export function createMemoryFolder(path: string, mounter: Pick<Mounter, 'tmpfs'>): MemoryFolder {
  let running: Promise<void> | undefined;
  return {
    // One at a time: a second mount would hide what is in the first.
    ensure: () => {
      running ??= ensureMounted(path, mounter).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

async function ensureMounted(path: string, mounter: Pick<Mounter, 'tmpfs'>): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const mounts = await readMounts();
  if (!mounts.some(({ mountPoint }) => mountPoint === path)) await mountOver(path, mounter);
  if (!(await isTmpfs(path))) {
    throw new LongshoreError('unavailable', `${path} is not on a tmpfs, so no secret is written to it`);
  }
}

/** Who may not mount can still have a tmpfs there. */
async function mountOver(path: string, mounter: Pick<Mounter, 'tmpfs'>): Promise<void> {
  try {
    await mountTmpfs(path, OPTIONS, mounter);
  } catch (error) {
    if (!(await isTmpfs(path))) throw error;
    await chmod(path, 0o700);
  }
}

/** Kernels before 6.4 know nothing of `noswap`. */
export async function mountTmpfs(
  path: string,
  options: readonly string[],
  mounter: Pick<Mounter, 'tmpfs'>,
): Promise<void> {
  try {
    await mounter.tmpfs(path, [...options, 'noswap']);
  } catch {
    await mounter.tmpfs(path, options);
  }
}

async function isTmpfs(path: string): Promise<boolean> {
  return (await statfs(path)).type === TMPFS_MAGIC;
}
