// The processes of this machine, and those that another has started, as the system tells.
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  /** With its arguments. */
  readonly command: string;
}

interface Process extends RunningProcess {
  readonly parent: number;
}

export function childrenOf(pid: number): RunningProcess[] {
  return allProcesses().filter(({ parent }) => parent === pid);
}

export function allProcesses(): Process[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** How many sockets a process holds open. */
export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  const isSocket = (descriptor: string) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`).startsWith('socket:');
    } catch {
      // Closed meanwhile.
      return false;
    }
  };
  return readdirSync(folder).filter(isSocket).length;
}
