// Mounts a folder of an NFS server, as a kubelet does: with mount(8), in a folder of the pod. Taking the pod's folders away
// unmounts it first (tear-down.ts), so nothing of the server's is ever deleted.
import { mkdir } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { NfsVolume } from '../pod/machine-volume.ts';
import { readMounts } from './mount-table.ts';
import type { Mounter } from './mounter.ts';
import type { PodFolders } from './pod-folders.ts';

/** A name or an address: nothing that mount(8) takes for something else. */
const SERVER = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/;
const OPTION = /^[A-Za-z0-9_.:=/@+-]{1,256}$/;

export async function ensureNfs(
  { name, server, path, readOnly, options }: NfsVolume,
  folders: PodFolders,
  { mounter, signal }: { readonly mounter: Pick<Mounter, 'nfs'>; readonly signal: AbortSignal },
): Promise<void> {
  const target = folders.diskVolume(name);
  if ((await readMounts()).some(({ mountPoint }) => mountPoint === target)) return;
  if (!SERVER.test(server) && !isIPv6(server)) throw invalid(`"${server}" is no NFS server`);
  if (!path.startsWith('/')) throw invalid(`"${path}" is no absolute path on the server`);
  for (const option of options) {
    if (!OPTION.test(option)) throw invalid(`"${option}" is no mount option`);
  }
  await mkdir(target, { recursive: true, mode: 0o700 });
  const source = `${isIPv6(server) ? `[${server}]` : server}:${path}`;
  try {
    await mounter.nfs(source, target, readOnly ? ['ro', ...options] : options, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new LongshoreError('unavailable', `mount of ${source} failed: ${hinted(describeError(cause))}`, {
      cause,
    });
  }
}

/** What mount(8) says where the system has no client of NFS is not understood by many. */
function hinted(said: string): string {
  return /helper program|unknown filesystem type/.test(said)
    ? `${said} (install the NFS client on the machine: nfs-common or nfs-utils)`
    : said;
}

function invalid(message: string): LongshoreError {
  return new LongshoreError('invalid', message);
}
