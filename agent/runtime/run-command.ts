// A command run in a container from its making to its end.
import type { ExecEnd, Execs, RunOptions } from './execs.ts';

export async function runCommand(
  execs: Execs,
  containerId: string,
  command: readonly string[],
  options: RunOptions,
): Promise<ExecEnd> {
  return execs.runExec(await execs.createExec(containerId, command), options);
}
