// A command in a running container: its input and output at the pace of whoever is slower, its exit code at the end.
// Docker carries all of it on one hijacked connection, whose one half can be closed while the other goes on.
import type { Duplex } from 'node:stream';
import type { Exec } from 'dockerode';
import type { Clock } from '../../common/clock.ts';
import { drained } from '../../common/paced-write.ts';
import type { StreamInput, StreamOutput, TerminalSize } from '../../common/stream-message.ts';
import type { Turns } from '../../common/turns.ts';
import { demultiplex } from './demux.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { execExit } from './exec-exit.ts';
import { signalExecProcess } from './exec-process.ts';
import { withoutLaunchError } from './launch-error.ts';
import { createResizer } from './resizer.ts';

export interface ExecOptions {
  readonly containerId: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** A terminal has one output. */
  readonly tty: boolean;
}

export interface ExecDeps {
  readonly docker: DockerClients;
  /** Starting a process in a container is heavy: so many at once and no more. */
  readonly starts: Turns;
  readonly clock: Clock;
}

/**
 * Resolves when Docker has taken the command; it runs once the input says `begin`. When the signal aborts, its
 * connections are closed, its stdin has ended, and a terminal's processes are told that it has hung up; others go on, as
 * in a kubelet's container.
 */
export async function openExec(
  options: ExecOptions,
  input: AsyncIterable<StreamInput>,
  context: ExecDeps & { readonly signal: AbortSignal },
): Promise<AsyncIterable<StreamOutput>> {
  const { docker } = context;
  const { containerId, command, stdin, stdout, stderr, tty } = options;
  const created = await asked(() =>
    docker.prompt.getContainer(containerId).exec({
      Cmd: [...command],
      AttachStdin: stdin,
      AttachStdout: stdout,
      AttachStderr: stderr && !tty,
      Tty: tty,
    }),
  );
  return runExec(docker.patient.getExec(created.id), options, input, context);
}

async function* runExec(
  exec: Exec,
  { stdin, tty }: ExecOptions,
  input: AsyncIterable<StreamInput>,
  context: ExecDeps & { readonly signal: AbortSignal },
): AsyncGenerator<StreamOutput> {
  const { starts, signal } = context;
  const messages = input[Symbol.asyncIterator]();
  if (!(await begun(messages))) return;
  const done = await starts.take(signal);
  const socket = await asked(() => exec.start({ hijack: true, stdin: true, Tty: tty })).finally(done);
  // An abort shows as an error of the socket at whatever moment; unheard, it would end the process.
  socket.on('error', () => {});
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const resize = createResizer(({ width, height }) => exec.resize({ w: width, h: height }));
  // Ends with the input: at the latest when the stream is over.
  void feed(messages, { socket, resize, stdin, tty, signal }).catch((error) => socket.destroy(error));
  try {
    const output = tty ? asStdout(socket) : byChannel(socket);
    yield* withoutLaunchError(output, () => execExit(exec, context));
  } finally {
    signal.removeEventListener('abort', close);
    close();
    if (tty && signal.aborted) await hangUp(exec);
  }
}

/** What comes before the beginning is the terminal's size at most, which comes again. */
async function begun(messages: AsyncIterator<StreamInput>): Promise<boolean> {
  for (;;) {
    const next = await messages.next();
    if (next.done) return false;
    if (next.value.kind === 'begin') return true;
  }
}

interface Fed {
  readonly socket: Duplex;
  readonly resize: (size: TerminalSize) => void;
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly signal: AbortSignal;
}

async function feed(messages: AsyncIterator<StreamInput>, fed: Fed): Promise<void> {
  const { socket, resize, stdin, tty, signal } = fed;
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    const message = next.value;
    if (message.kind === 'resize') resize(message.size);
    else if (message.kind === 'data' && stdin && socket.writable) {
      if (!socket.write(message.data)) await drained(socket, signal);
    } else if (message.kind === 'eof' && !tty) {
      // A terminal has no half: Docker would end its output too.
      socket.end();
    }
  }
}

async function* asStdout(socket: Duplex): AsyncGenerator<StreamOutput> {
  for await (const data of socket) yield { kind: 'data', data };
}

async function* byChannel(socket: Duplex): AsyncGenerator<StreamOutput> {
  for await (const { channel, data } of demultiplex(socket)) {
    yield { kind: channel === 'stderr' ? 'stderr' : 'data', data };
  }
}

/** A terminal that is gone hangs up on what ran before it. */
async function hangUp(exec: Exec): Promise<void> {
  const found = await optional(() => exec.inspect()).catch(() => undefined);
  if (found?.Running)
    await signalExecProcess({ pid: found.Pid, containerId: found.ContainerID, signal: 'SIGHUP' });
}
