// Mounts and unmounts through the system's own programs, without a shell. Node.js has no such call of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { describeError, LongshoreError } from '../../common/errors.ts';

export interface Mounter {
  /** A file system in memory. `options`: as mount(8) takes them. */
  tmpfs(path: string, options: readonly string[]): Promise<void>;
  /** A folder of an NFS server. `options`: as mount(8) takes them. */
  nfs(source: string, path: string, options: readonly string[]): Promise<void>;
  /** Shows an open file or folder at a path, whatever becomes of the names that led to it. */
  bind(opened: FileHandle, path: string): Promise<void>;
  /** `lazily`: at once, whatever the file system does; it is put away when nothing uses it any more. */
  unmount(path: string, how?: { readonly lazily: boolean }): Promise<void>;
}

const MAX_COMPLAINT = 500;
const TIMEOUT_MS = 30_000;
const KILL = 'SIGKILL';
const NO_ANSWER = `no answer within ${TIMEOUT_MS / 1000} s`;

export const systemMounter: Mounter = {
  tmpfs: (path, options) => run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', path]),
  nfs: (source, path, options) => run('mount', nfsArguments(source, path, options)),
  // The child's own descriptor 3, named so that neither it nor the kernel looks at any other path.
  bind: (opened, path) => run('mount', ['--no-canonicalize', '--bind', '/proc/self/fd/3', path], opened),
  unmount: (path, how) => run('umount', how?.lazily ? ['-l', path] : [path]),
};

/** Whatever the source is called, it is no option. */
export function nfsArguments(source: string, path: string, options: readonly string[]): readonly string[] {
  return ['-t', 'nfs', ...(options.length > 0 ? ['-o', options.join(',')] : []), '--', source, path];
}

async function run(program: string, args: readonly string[], descriptor3?: FileHandle): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', ...(descriptor3 ? [descriptor3.fd] : [])],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    killSignal: KILL,
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, MAX_COMPLAINT);
  });
  const [code, signal] = await once(child, 'close').catch((cause: unknown) => {
    const message = `cannot run ${program} (${describeError(cause)}): install util-linux`;
    throw new LongshoreError('unavailable', message, { cause });
  });
  if (code === 0) return;
  const said = complaint.trim().replaceAll(/\s*\n\s*/g, ' ');
  if (signal === KILL) throw new LongshoreError('unavailable', said || NO_ANSWER);
  throw new LongshoreError('unavailable', said || `${program} ended with ${signal ?? `code ${code}`}`);
}
