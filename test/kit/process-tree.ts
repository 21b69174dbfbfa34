// The processes that another has started, as the system tells.
import { execFileSync } from 'node:child_process';

export interface RunningProcess {
  readonly pid: number;
  /** With its arguments. */
  readonly command: string;
}

export function childrenOf(pid: number): RunningProcess[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, child, parent, command = ''] = /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [];
    return Number(parent) === pid ? [{ pid: Number(child), command }] : [];
  });
}
