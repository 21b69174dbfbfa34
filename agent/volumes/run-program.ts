// Runs one of the system's programs to its end, without a shell. A server that is gone may keep it waiting, or something
// that it has started: then all of it is killed, and nobody waits for what even that does not end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, LongshoreError } from '../../common/errors.ts';

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  /** Then it is killed. */
  readonly timeoutMs: number;
  /** It is killed when this aborts, too. */
  readonly signal?: AbortSignal | undefined;
  /** The program sees it as its descriptor 3. */
  readonly descriptor3?: FileHandle | undefined;
}

const MAX_COMPLAINT = 500;
/** For the end of what has been killed. */
const KILL_MS = 2000;
/** For the last words of what has ended: something that it has started may hold on to its output. */
const LAST_WORDS_MS = 200;

/** Rejects with what the program complained of, or with how it ended. */
export async function runProgram({
  program,
  args,
  timeoutMs,
  signal,
  descriptor3,
}: ProgramRun): Promise<void> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', ...(descriptor3 ? [descriptor3.fd] : [])],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    // It leads a group of its own, which can be killed as a whole.
    detached: true,
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, MAX_COMPLAINT);
  });
  const timeUp = AbortSignal.timeout(timeoutMs);
  const end = await endOf(child, AbortSignal.any(signal ? [timeUp, signal] : [timeUp])).catch(
    (cause: unknown) => {
      throw new LongshoreError(
        'unavailable',
        `cannot run ${program} (${describeError(cause)}): is it installed?`,
        { cause },
      );
    },
  );
  if (end === 0) return;
  signal?.throwIfAborted();
  const said = complaint.trim().replaceAll(/\s*\n\s*/g, ' ');
  const unsaid = timeUp.aborted ? `no answer within ${timeoutMs / 1000} s` : `${program} ended with ${end}`;
  throw new LongshoreError('unavailable', said || unsaid);
}

/** Its exit code, or what else its end is called. Rejects when it could not be started. */
async function endOf(child: ChildProcess, limit: AbortSignal): Promise<number | string> {
  const closed = once(child, 'close').catch(() => undefined);
  const settled = new AbortController();
  const { signal } = settled;
  const stuck = once(limit, 'abort', { signal }).then(async () => {
    killGroup(child);
    await delay(KILL_MS, undefined, { signal });
    return [null, 'SIGKILL, which does not end it'];
  });
  stuck.catch(() => undefined);
  try {
    const [code, killedBy] = await Promise.race([once(child, 'exit'), stuck]);
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { signal })]);
    return typeof code === 'number' ? code : String(killedBy);
  } finally {
    settled.abort();
    child.stderr?.destroy();
    child.unref();
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
