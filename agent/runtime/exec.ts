// A command in a running container: its input and output at the pace of whoever is slower, its exit code at the end.
import type { Duplex } from 'node:stream';
import { setImmediate as turnEnd } from 'node:timers/promises';
import type { Exec } from 'dockerode';
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import type { Turns } from '../../common/turns.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { execExit } from './exec-exit.ts';
import { signalExecProcess } from './exec-process.ts';
import { holdTurn } from './exec-turn.ts';
import { withoutLaunchError } from './launch-error.ts';
import { begun, feed, hangUpLate, NO_DETACH_KEYS, outputOf } from './process-streams.ts';
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
 * Docker is told of the command at once, and to run it once the input says `begin`: meanwhile the client opens its
 * streams. When the signal aborts, its connections are closed, its stdin has ended, and a terminal's processes are told
 * that it has hung up; others go on, as in a kubelet's container.
 */
export function openExec(
  options: ExecOptions,
  input: AsyncIterable<StreamInput>,
  context: ExecDeps & { readonly signal: AbortSignal },
): AsyncIterable<StreamOutput> {
  const { docker } = context;
  const { containerId, command, stdin, stdout, stderr, tty } = options;
  // That the request is accepted goes out first: the client waits for it.
  const creating = turnEnd().then(() =>
    asked(() =>
      docker.prompt.getContainer(containerId).exec({
        Cmd: [...command],
        AttachStdin: stdin,
        AttachStdout: stdout,
        AttachStderr: stderr && !tty,
        Tty: tty,
        DetachKeys: NO_DETACH_KEYS,
      }),
    ),
  );
  const created = creating.then(({ id }) => id);
  // A refusal is told to who waits for it; the client may leave before.
  created.catch(() => undefined);
  return runExec(created, options, input, context);
}

async function* runExec(
  created: Promise<string>,
  { stdin, tty }: ExecOptions,
  input: AsyncIterable<StreamInput>,
  context: ExecDeps & { readonly signal: AbortSignal },
): AsyncGenerator<StreamOutput> {
  const { docker, starts, signal } = context;
  const messages = input[Symbol.asyncIterator]();
  if (!(await begun(messages))) return;
  const execId = await unlessAborted(() => created, signal);
  const exec = docker.prompt.getExec(execId);
  const started = holdTurn(await starts.take(signal), exec, context);
  const start = () =>
    asked(() => docker.patient.getExec(execId).start({ hijack: true, stdin: true, Tty: tty }));
  const gone = (late: Duplex) => {
    hangUpLate(late);
    if (tty) void hangUp(exec, context.clock);
  };
  const socket = await unlessAborted(start, signal, gone).catch((error) => {
    started();
    throw error;
  });
  // An abort shows as an error of the socket at whatever moment; unheard, it would end the process.
  socket.on('error', () => {});
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const resize = createResizer(({ width, height }) => exec.resize({ w: width, h: height }));
  // A terminal has no half: Docker would end its output too.
  const endStdin = () => tty || socket.end();
  void feed(messages, { socket, resize, stdin, endStdin, signal }).catch((error) => socket.destroy(error));
  try {
    const launch = { tty, exitCode: () => execExit(exec, context) };
    for await (const message of withoutLaunchError(outputOf(socket, tty), launch)) {
      started();
      yield message;
    }
  } finally {
    started();
    signal.removeEventListener('abort', close);
    close();
    if (tty && signal.aborted) await hangUp(exec, context.clock);
  }
}

/** Docker says that a command runs before it does; beyond, it is ill. */
const RUNS_WITHIN_MS = 15_000;
const LOOK = { initialMs: 20, maxMs: 1000 };

/** A terminal that is gone hangs up on what ran before it, or is about to. Never rejects. */
async function hangUp(exec: Exec, clock: Clock): Promise<void> {
  const untilMs = clock.monotonicMs() + RUNS_WITHIN_MS;
  for (let pause = backoff(LOOK); clock.monotonicMs() < untilMs; pause = pause.next()) {
    const found = await optional(() => exec.inspect()).catch(() => undefined);
    // Podman gives an exit code from the beginning.
    if (!found || (!found.Running && found.ExitCode !== null)) return;
    if (found.Pid > 0)
      return await signalExecProcess({ pid: found.Pid, containerId: found.ContainerID, signal: 'SIGHUP' });
    await clock.sleep(pause.delayMs);
  }
}
