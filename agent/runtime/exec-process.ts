// Signals the processes of a command in a container. Docker cannot, so it is done by the machine's own numbers; and because
// a number may meanwhile be another process's, only one that is seen in that container's control group is signalled.
import { readFile } from 'node:fs/promises';

export interface ExecProcess {
  /** The machine's own. */
  readonly pid: number;
  readonly containerId: string;
}

/** With its process group: what a shell has started goes with the shell. */
export async function signalExecProcess({
  pid,
  containerId,
  signal,
}: ExecProcess & { readonly signal: NodeJS.Signals }): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  try {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8');
    if (groups.includes(containerId)) process.kill(-pid, signal);
  } catch {
    // It has ended, or this agent does not see the machine's processes.
  }
}
