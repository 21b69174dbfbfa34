// run: a command in a container whose whole output is the answer, in plain HTTP. The answer's status depends on how the
// command ends, so the output is held until then, within a bound.
import { LongshoreError } from '../../common/errors.ts';
import { commandProblem } from '../../common/stream-message.ts';
import type { AgentStream } from '../reconcile/agent-stream.ts';
import { type PodFinder, reachPod } from './found-pod.ts';
import type { Reply } from './reply.ts';
import type { ContainerTarget } from './routes.ts';

/** As much as a kubelet's runtime gives. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Both outputs as they came; 500 and the stderr when the command fails. Rejects with what the caller is to be told. */
export async function runInContainer(
  target: ContainerTarget,
  query: URLSearchParams,
  { podFinder, signal }: { readonly podFinder: PodFinder; readonly signal: AbortSignal },
): Promise<Reply> {
  const words = query.get('cmd') ?? '';
  if (words === '') return { status: 400, text: 'the query has no cmd' };
  const command = words.split(' ');
  const problem = commandProblem(command);
  if (problem) return { status: 400, text: problem };
  const { pod, link } = reachPod(podFinder, target);
  const streams = { stdin: false, stdout: true, stderr: true, tty: false };
  const exec = { podUid: pod.metadata.uid, container: target.container, command, ...streams };
  const { code, output, stderr } = await runToItsEnd(await link.openStream({ exec }, signal));
  if (code === 0) return { status: 200, text: output };
  return { status: 500, text: `command '${words}' exited with ${code}: ${stderr}` };
}

interface Ended {
  readonly code: number;
  readonly output: Buffer;
  readonly stderr: Buffer;
}

async function runToItsEnd(stream: AgentStream): Promise<Ended> {
  await stream.send({ kind: 'begin' });
  const both: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  for await (const message of stream.output) {
    if (message.kind === 'exit')
      return { code: message.code, output: Buffer.concat(both), stderr: Buffer.concat(stderr) };
    if (message.kind === 'eof') continue;
    bytes += message.data.length;
    if (bytes > MAX_OUTPUT_BYTES) {
      throw new LongshoreError(
        'precondition',
        `the command says more than ${MAX_OUTPUT_BYTES} bytes, which is too much for run: use exec`,
      );
    }
    both.push(message.data);
    if (message.kind === 'stderr') stderr.push(message.data);
  }
  throw new LongshoreError('unavailable', 'nobody knows how the command ended');
}
