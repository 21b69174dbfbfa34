// A command that cannot be started: Docker writes why to its stdout, where a script would take it for output. It belongs
// on stderr, or at the terminal, with the exit code a shell would give.
import type { StreamOutput } from '../../common/stream-message.ts';

const COMPLAINT = /^OCI runtime exec failed: /;
const NOT_THERE = /executable file not found|no such file or directory/;
const CANNOT_INVOKE = 126;
const NOT_FOUND = 127;

export interface ExecLaunch {
  /** It has a terminal, which has one output. */
  readonly tty: boolean;
  /** Asked for when the output has ended. */
  readonly exitCode: () => Promise<number>;
}

/** The output, then the exit code. */
export async function* withoutLaunchError(
  output: AsyncIterable<StreamOutput>,
  { tty, exitCode }: ExecLaunch,
): AsyncGenerator<StreamOutput> {
  let complaint: Buffer | undefined;
  let first = true;
  for await (const message of output) {
    if (first && message.kind === 'data' && COMPLAINT.test(message.data.toString('latin1', 0, 64))) {
      complaint = message.data;
    } else {
      // More follows: it was the command's own words.
      if (complaint) yield { kind: 'data', data: complaint };
      complaint = undefined;
      yield message;
    }
    first = false;
  }
  const code = await exitCode();
  const launchFailed = complaint !== undefined && (code === CANNOT_INVOKE || code === NOT_FOUND);
  if (complaint) yield { kind: launchFailed && !tty ? 'stderr' : 'data', data: complaint };
  const notThere = launchFailed && NOT_THERE.test(complaint?.toString('latin1') ?? '');
  yield { kind: 'exit', code: notThere ? NOT_FOUND : code };
}
