// Joining a container's own process: its input and output at the pace of whoever is slower, until the client leaves or
// the container ends. Leaving ends the client's part alone. What becomes of the process's stdin then, Docker decides as a
// kubelet does: with `stdinOnce` it ends with its first client's, otherwise it waits for the next client.
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { StreamInput, StreamOutput } from '../../common/stream-message.ts';
import { unlessAborted } from '../../common/unless-aborted.ts';
import { asked, optional } from './docker-ask.ts';
import type { DockerClients } from './docker-clients.ts';
import { begun, feed, hangUpLate, NO_DETACH_KEYS, outputOf } from './process-streams.ts';
import { createResizer } from './resizer.ts';

export interface AttachOptions {
  readonly containerId: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** The container has a terminal. */
  readonly tty: boolean;
}

export interface AttachDeps {
  readonly docker: DockerClients;
  readonly clock: Clock;
}

/** Joins once the input says `begin`. Fails when the container does not run; ends when it ends. */
export async function* openAttach(
  options: AttachOptions,
  input: AsyncIterable<StreamInput>,
  { docker, clock, signal }: AttachDeps & { readonly signal: AbortSignal },
): AsyncGenerator<StreamOutput> {
  const messages = input[Symbol.asyncIterator]();
  if (!(await begun(messages))) return;
  const { containerId, stdin, tty } = options;
  const container = docker.prompt.getContainer(containerId);
  const inspect = () => unlessAborted(() => optional(() => container.inspect()), signal);
  const dial = () => asked(() => dialAttach(docker.patient, options));
  const socket = await unlessAborted(dial, signal, hangUpLate);
  // An abort shows as an error of the socket at whatever moment; unheard, it would end the process.
  socket.on('error', () => {});
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    // Only now: Docker lets clients join what has ended, and leaves them waiting for its next start.
    const found = await inspect();
    if (!found?.State.Running)
      throw new LongshoreError('not-found', `container not running (${containerId})`);
    const resize = createResizer(({ width, height }) => container.resize({ w: width, h: height }));
    let hasLeft = false;
    const endStdin = () => {
      // With `stdinOnce` it is the process's own end that is waited for then.
      hasLeft = !found.Config.StdinOnce || tty;
      socket.end();
    };
    void feed(messages, { socket, resize, stdin, endStdin, signal }).catch((error) => socket.destroy(error));
    yield* outputOf(socket, tty);
    // Where Docker itself has ended it cannot be asked.
    if (hasLeft) await inspect();
    else await untilEnded(inspect, { clock, signal });
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

const ENDED_WITHIN_MS = 5000;
const LOOK = { initialMs: 20, maxMs: 1000 };

/** The end of Docker itself looks like that of the container, of which Docker tells a moment later. */
async function untilEnded(
  inspect: () => Promise<Docker.ContainerInspectInfo | undefined>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const untilMs = clock.monotonicMs() + ENDED_WITHIN_MS;
  for (let pause = backoff(LOOK); (await inspect())?.State.Running; pause = pause.next()) {
    if (clock.monotonicMs() >= untilMs)
      throw new LongshoreError('unavailable', 'Docker hung up, and the container runs on: attach again');
    await clock.sleep(pause.delayMs, signal);
  }
}

/** Given as a file, for the client sends any other body, or the chunk that ends none, along with the process's stdin. */
const NO_BODY = Buffer.alloc(0);

function dialAttach(docker: Docker, { containerId, stdin, stdout, stderr }: AttachOptions): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const request = {
      path: `/containers/${containerId}/attach?`,
      method: 'POST',
      hijack: true,
      isStream: true,
      file: NO_BODY,
      options: { stream: true, stdin, stdout, stderr, detachKeys: NO_DETACH_KEYS },
      statusCodes: { 404: 'no such container', 409: 'paused', 500: 'server error' },
    };
    docker.modem.dial(request, (error: unknown, socket: unknown) => {
      if (error) reject(error);
      else resolve(socket as Duplex);
    });
  });
}
