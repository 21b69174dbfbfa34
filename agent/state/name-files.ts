// The hosts and resolv.conf of each pod, which its containers have bound by path. They are rewritten where they are, so
// that running containers see what a restarted one sees.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LongshoreError } from '../../common/errors.ts';

export interface PodNameFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

export interface NameFiles {
  /** Takes the texts, resolves with the paths. */
  write(podUid: string, texts: PodNameFiles): Promise<PodNameFiles>;
  /** Does nothing when there are none. */
  remove(podUid: string): Promise<void>;
}

const UID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

export function createNameFiles(folder: string): NameFiles {
  return {
    async write(podUid, texts) {
      const own = folderOf(folder, podUid);
      const paths = { hosts: join(own, 'hosts'), resolvConf: join(own, 'resolv.conf') };
      try {
        await mkdir(own, { recursive: true, mode: 0o700 });
        await update(paths.hosts, texts.hosts);
        await update(paths.resolvConf, texts.resolvConf);
      } catch (cause) {
        throw new LongshoreError('unavailable', `cannot write the pod's hosts and resolv.conf in ${own}`, {
          cause,
        });
      }
      return paths;
    },
    remove: (podUid) => rm(folderOf(folder, podUid), { recursive: true, force: true }),
  };
}

async function update(path: string, text: string): Promise<void> {
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) return;
  await writeFile(path, text);
  // Whatever the umask says: the container may run as anybody.
  await chmod(path, 0o644);
}

function folderOf(folder: string, podUid: string): string {
  if (!UID.test(podUid))
    throw new LongshoreError('invalid', `'${podUid.slice(0, 128)}' is no name for a file`);
  return join(folder, podUid);
}
