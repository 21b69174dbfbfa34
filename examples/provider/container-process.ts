// One attempt of a container as a process of this machine. A small shell stands over it, claims the attempt by a file
// and leaves the exit code in another, so that this program may die anywhere and be started again: an attempt that was
// started twice runs once, and nothing that is known of it is in memory alone.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface ContainerProcess {
  /** Its files: `.pid`, `.exit` and `.log` are added. Another attempt has another name. */
  readonly path: string;
  readonly startedAtMs: number;
}

export type ProcessState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly exitCode: number };

// Fixed text: what a pod asks for comes as arguments of its own and is never read by the shell. Field 22 of a process's
// stat is when it began: its number alone may by now be another's.
const WATCHER = `
trap : TERM
path=$1; shift
(set -C; echo "$$ $(cut -d ' ' -f 22 /proc/$$/stat)" >"$path.pid") 2>/dev/null || exit
"$@" &
while kill -0 "$!" 2>/dev/null; do wait "$!"; code=$?; done
echo "$code" >"$path.exit.tmp" && mv "$path.exit.tmp" "$path.exit"
`;

/** Where a container's processes run. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface StartOptions extends Place {
  readonly path: string;
  readonly command: readonly string[];
}

/** A command that cannot be run ends with 126 or 127, as in a shell. */
export function startProcess({ path, command, env, cwd }: StartOptions): void {
  const log = openSync(`${path}.log`, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', WATCHER, 'watcher', path, ...command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    // Seen by the next look: nothing has claimed the attempt.
    child.on('error', () => {});
    child.unref();
  } finally {
    closeSync(log);
  }
}

const CLAIM_MS = 5000;

export function observe({ path, startedAtMs }: ContainerProcess, nowMs: number): ProcessState {
  const exitCode = read(`${path}.exit`);
  if (exitCode !== undefined) return { kind: 'ended', exitCode: Number.parseInt(exitCode, 10) };
  const claim = read(`${path}.pid`);
  const running = claim === undefined ? nowMs - startedAtMs < CLAIM_MS : livingPid(claim) !== undefined;
  if (running) return { kind: 'running' };
  // It may have ended between the two looks; else it was killed together with its watcher.
  return { kind: 'ended', exitCode: Number.parseInt(read(`${path}.exit`) ?? String(128 + 9), 10) };
}

/** Of the shell that stands over it; undefined: it has ended. */
export function pidOf({ path }: ContainerProcess): number | undefined {
  return livingPid(read(`${path}.pid`) ?? '');
}

/** To all that the container has started. */
export function signal(attempt: ContainerProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  const pid = pidOf(attempt);
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Ended meanwhile.
  }
}

function livingPid(claim: string): number | undefined {
  const [pid = '', startTicks] = claim.trim().split(' ');
  const stat = read(`/proc/${pid}/stat`) ?? '';
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[19] === startTicks ? Number(pid) : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
