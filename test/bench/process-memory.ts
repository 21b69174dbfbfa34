// What a process holds of the machine's memory, as the kernel counts it: all resident pages, and those that are its own
// and no file's.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentNodeFlags } from '../kit/agent-node-flags.ts';

export interface ProcessMemory {
  readonly rssMiB: number;
  readonly anonymousMiB: number;
}

export function readProcessMemory(pid: number): ProcessMemory {
  return parseSmapsRollup(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
}

export function parseSmapsRollup(text: string): ProcessMemory {
  const mebibytes = (field: string) => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    if (kibibytes === undefined) throw new Error(`smaps_rollup says nothing of ${field}`);
    return Number(kibibytes) / 1024;
  };
  return { rssMiB: mebibytes('Rss'), anonymousMiB: mebibytes('Anonymous') };
}

/** From now on the most that the process has held is counted anew. */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The most that it has held resident at any moment since. */
export function readPeakMiB(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`the kernel says nothing of the peak of ${pid}`);
  return Number(kibibytes) / 1024;
}

/** User and system time so far. */
export function readCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the command's name; the kernel counts in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Those that the controller's image gives it. */
export function controllerNodeFlags(): string[] {
  const file = join(import.meta.dirname, '../../deploy/Containerfile');
  const entrypoint = /^ENTRYPOINT (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '[]';
  return (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--'));
}

export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has written to stderr so far. */
  readonly log: string;
}

/** A Node.js program of its own; unless told otherwise with the flags the installer gives the agent. */
export function startNode(args: readonly string[], flags: readonly string[] = agentNodeFlags()): NodeProcess {
  const child = spawn(process.execPath, [...flags, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (child.pid === undefined) throw new Error(`cannot start ${process.execPath}`);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  return {
    pid: child.pid,
    get log() {
      return log;
    },
    [Symbol.asyncDispose]: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
