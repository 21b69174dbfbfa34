// Mounts and unmounts through the system's own programs. Node.js has no such call of its own.
import type { FileHandle } from 'node:fs/promises';
import { type ProgramRun, runProgram } from './run-program.ts';

export interface Mounter {
  /** A file system in memory. `options`: as mount(8) takes them. */
  tmpfs(path: string, options: readonly string[]): Promise<void>;
  /** A folder of an NFS server. `options`: as mount(8) takes them. */
  nfs(source: string, path: string, options: readonly string[], signal: AbortSignal): Promise<void>;
  /** Resolves once the server of what is mounted there has said something. */
  answers(path: string): Promise<void>;
  /** Shows an open file or folder at a path, whatever becomes of the names that led to it. */
  bind(opened: FileHandle, path: string): Promise<void>;
  /** `lazily`: at once, whatever the file system does; it is put away when nothing uses it any more. */
  unmount(path: string, how?: { readonly lazily: boolean }): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const ANSWER_MS = 10_000;

export const systemMounter: Mounter = {
  tmpfs: (path, options) => mount(['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', path]),
  nfs: (source, path, options, signal) => mount(nfsArguments(source, path, options), { signal }),
  // What it asks for is in no cache of the machine.
  answers: (path) => runProgram({ program: 'stat', args: ['-f', '--', path], timeoutMs: ANSWER_MS }),
  // The child's own descriptor 3, named so that neither it nor the kernel looks at any other path.
  bind: (descriptor3, path) =>
    mount(['--no-canonicalize', '--bind', '/proc/self/fd/3', path], { descriptor3 }),
  unmount: (path, how) =>
    runProgram({ program: 'umount', args: how?.lazily ? ['-l', path] : [path], timeoutMs: TIMEOUT_MS }),
};

/** Whatever the source is called, it is no option. What cannot be had at once is tried again by whoever asks. */
export function nfsArguments(source: string, path: string, options: readonly string[]): readonly string[] {
  const patience = options.some((option) => option.startsWith('retry=')) ? [] : ['retry=0'];
  return ['-t', 'nfs', '-o', [...patience, ...options].join(','), '--', source, path];
}

function mount(
  args: readonly string[],
  more: Pick<ProgramRun, 'signal' | 'descriptor3'> = {},
): Promise<void> {
  return runProgram({ program: 'mount', args, timeoutMs: TIMEOUT_MS, ...more });
}
