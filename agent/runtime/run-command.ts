// A command run in a container from its making to its end. One that is given up is ended, so that none is left behind.
import type { ExecEnd, Execs, RunOptions } from './execs.ts';

export async function runCommand(
  execs: Execs,
  containerId: string,
  command: readonly string[],
  options: RunOptions,
): Promise<ExecEnd> {
  const execId = await execs.createExec(containerId, command);
  try {
    return await execs.runExec(execId, options);
  } finally {
    if (options.signal.aborted) await execs.killExec(execId);
  }
}
