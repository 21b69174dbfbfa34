// What a process holds of the machine's memory, as the kernel counts it: all resident pages, and those that are its own
// and no file's.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

export interface NodeProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has written to stderr so far. */
  readonly log: string;
}

/** A Node.js program of its own, with the flags the installer gives the agent. */
export function startNode(args: readonly string[]): NodeProcess {
  const child = spawn(process.execPath, [...agentNodeFlags(), ...args], {
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
