// Background processes of the sandbox: started detached with their output in a log file, found again by pid and start
// time (a pid alone may by now be somebody else's), stopped with SIGTERM and, if need be, SIGKILL.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Clock } from '../common/clock.ts';
import { LongshoreError } from '../common/errors.ts';

export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot when the process began. */
  readonly startTicks: string;
  readonly logFile: string;
}

export interface ProcessSpec {
  readonly name: string;
  /** Default: Node.js, with the script first of its arguments. */
  readonly command?: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

export function startProcess(spec: ProcessSpec): ProcessRecord {
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const { command = process.execPath, args } = spec;
    const child = spawn(command, [...args], { detached: true, stdio: ['ignore', log, log] });
    child.unref();
    const startTicks = child.pid === undefined ? undefined : readStartTicks(child.pid);
    if (child.pid === undefined || startTicks === undefined) {
      throw new LongshoreError('internal', `could not start ${spec.name}; see ${spec.logFile}`);
    }
    return { name: spec.name, pid: child.pid, startTicks, logFile: spec.logFile };
  } finally {
    closeSync(log);
  }
}

export function isAlive(record: ProcessRecord): boolean {
  return readStartTicks(record.pid) === record.startTicks;
}

/** Resolves when the process is gone; it gets `graceMs` to leave by itself. */
export async function stopProcess(record: ProcessRecord, graceMs: number, clock: Clock): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(record)) return;
    process.kill(record.pid, signal);
    const deadline = clock.monotonicMs() + graceMs;
    while (isAlive(record) && clock.monotonicMs() < deadline) await clock.sleep(50);
  }
}

/** The last lines of a process's log. */
export function lastLogLines(logFile: string, count: number): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(no log)';
  }
}

/** Why a process ended, in its own words: the error it wrote for people, else its last line. */
export function lastWords(logFile: string): string {
  const lines = lastLogLines(logFile, 20).split('\n');
  return lines.findLast((line) => line.startsWith('error: ')) ?? lines.at(-1) ?? '';
}

/** Undefined when there is no such process, or only its zombie. */
export function readStartTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name is in parentheses and may hold spaces; fields count from behind it (state is field 3).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
