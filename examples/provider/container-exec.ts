// A command beside a container: one more process in its folder and with its environment, ended when its caller leaves.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { Place } from './container-process.ts';

export interface ExecOptions extends Place {
  readonly command: readonly string[];
  readonly input: AsyncIterable<StreamInput>;
}

/** Nothing runs before the caller's `begin`; what it writes is read as fast as the command reads. */
export async function* execute(
  { command, cwd, env, input }: ExecOptions,
  signal: AbortSignal,
): AsyncGenerator<StreamOutput> {
  const messages = input[Symbol.asyncIterator]();
  if ((await messages.next()).value?.kind !== 'begin') return;
  // By a shell, which knows what to say of a command that is not there; it reads nothing of the command itself.
  const child = spawn('/bin/sh', ['-c', 'exec "$@"', 'exec', ...command], { cwd, env, signal });
  // Stopped, or gone before it had read all: the caller hears how it ended.
  for (const part of [child, child.stdin]) part.on('error', () => {});
  void feed(child, messages);
  const output = new PassThrough({ objectMode: true });
  const take = async (kind: 'data' | 'stderr', stream: Readable) => {
    for await (const data of stream) if (!output.write({ kind, data })) await once(output, 'drain');
  };
  const ended = once(child, 'close').then(([code]) => Number(code ?? 128 + 9));
  Promise.all([ended, take('data', child.stdout), take('stderr', child.stderr)]).then(
    ([code]) => output.end({ kind: 'exit', code } satisfies StreamOutput),
    (error) => output.destroy(error),
  );
  yield* output as AsyncIterable<StreamOutput>;
}

async function feed({ stdin }: ChildProcess, messages: AsyncIterator<StreamInput>): Promise<void> {
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    if (next.value.kind === 'eof') break;
    if (next.value.kind === 'data' && !stdin?.write(next.value.data) && stdin) await once(stdin, 'drain');
  }
  stdin?.end();
}
