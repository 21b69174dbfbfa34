// The programs that one process supervises: started with a log file each, known by pid and start time in a file, so that
// those of a supervisor that was killed are found and stopped by the next one or by `sandbox down`.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { writeFile } from '../builtin/pki.ts';
import { lastWords, type ProcessRecord, readStartTicks, stopProcess } from '../process.ts';
import type { Program } from './programs.ts';

export interface Children extends AsyncDisposable {
  start(program: Program): void;
  /** Rejects when one of them ends before it is told to. */
  readonly died: Promise<never>;
}

/** Those that go first are asked first; together well within the time that `sandbox down` gives the supervisor. */
const GRACE_MS = 2500;

/** What a supervisor in `dir` has started and not yet stopped. */
export function leftChildren(dir: string): ProcessRecord[] {
  try {
    return JSON.parse(readFileSync(recordsFile(dir), 'utf8')) as ProcessRecord[];
  } catch {
    return [];
  }
}

export async function createChildren(dir: string, clock: Clock): Promise<Children> {
  await stopAll(leftChildren(dir), clock);
  const logs = join(dir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const records: ProcessRecord[] = [];
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => {});
  let stopping = false;
  return {
    died: death.promise,
    start({ name, command, args }) {
      const logFile = join(logs, `${name}.log`);
      const child = launch(command, args, logFile);
      const ended = (how: string) => {
        if (stopping) return;
        death.reject(
          new LongshoreError('unavailable', `${name} ${how}: ${lastWords(logFile)}; its log is ${logFile}`),
        );
      };
      child.once('error', (error) => ended(`cannot be started (${error.message})`));
      child.once('exit', (code, signal) => ended(`ended with ${signal ?? `code ${code}`}`));
      if (child.pid === undefined) return;
      records.push({ name, pid: child.pid, startTicks: readStartTicks(child.pid) ?? '', logFile });
      writeFile(recordsFile(dir), `${JSON.stringify(records)}\n`);
    },
    async [Symbol.asyncDispose]() {
      stopping = true;
      await stopAll(records, clock);
      rmSync(recordsFile(dir), { force: true });
    },
  };
}

function recordsFile(dir: string): string {
  return join(dir, 'children.json');
}

/** Last started, first stopped: none loses what it needs before it has ended. */
async function stopAll(records: readonly ProcessRecord[], clock: Clock): Promise<void> {
  for (const record of records.toReversed()) await stopProcess(record, GRACE_MS, clock);
}

/** In a process group of its own: Ctrl-C is for the supervisor, which stops them in order. Its environment is bare. */
function launch(command: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' };
    return spawn(command, [...args], { detached: true, env, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}
