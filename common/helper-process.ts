// A helper process of our own executable, for work whose library must not be able to take the program down with it. It
// says one line per message on its stdout and lives as long as its stdin is open, so it never outlives us.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LongshoreError } from './errors.ts';

export interface HelperProcess {
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly onLine: (line: string) => void;
}

const MAX_COMPLAINT = 500;

/** Runs it until the signal aborts. Rejects with `unavailable` when it ends by itself, saying what it complained of. */
export async function runHelper(helper: HelperProcess, signal: AbortSignal): Promise<void> {
  const [program, ...args] = helper.command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, MAX_COMPLAINT);
  });
  child.stdin.on('error', () => undefined);
  createInterface({ input: child.stdout }).on('line', helper.onLine);
  try {
    const code = await exitOf(child);
    if (signal.aborted) return;
    const said = complaint.trim().split('\n')[0] ?? '';
    throw new LongshoreError('unavailable', `the helper process ended with ${code}${said && `: ${said}`}`);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function exitOf(child: ChildProcess): Promise<string> {
  try {
    const [code, killedBy] = await once(child, 'close');
    return killedBy ? `signal ${killedBy}` : `code ${code}`;
  } catch (error) {
    throw new LongshoreError('unavailable', 'the helper process cannot be started', { cause: error });
  }
}

/** In the helper: resolves when the parent has gone or wants it to end. */
export async function parentGone(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) process.stdin.once(event, () => resolve());
    process.stdin.resume();
  });
}

/** This program again, as its helper: the same file under the same runtime, with these words after it. */
export function ownCommand(...words: readonly string[]): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1, 2), ...words];
}
