// A dialling helper in a network namespace: Node.js cannot enter one itself, so nsenter(1) starts this program there, and the
// connections that it makes come back as open sockets. Bytes never pass through it.
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { describeError, LongshoreError } from '../../common/errors.ts';
import type { DialAnswer, DialRequest } from './dial-message.ts';
import { type Dialled, dialLoopback } from './loopback.ts';
import type { NetworkNamespace } from './network-namespace.ts';

export interface Dialling {
  /** Rejects with `unavailable` when the helper cannot be started or has ended. It goes on dialling whatever the signal says. */
  dial(port: number, signal: AbortSignal): Promise<Dialled>;
  /** False once the helper is gone. */
  readonly alive: boolean;
  /** Resolves when the helper is gone. Idempotent. */
  end(): Promise<void>;
}

/** For the namespace that this process is in. */
export const DIALLING_HERE: Dialling = { dial: dialLoopback, alive: true, end: async () => undefined };

/** In the helper: standard streams, then the channel, then this. */
const NAMESPACE_DESCRIPTOR = 4;
const MAX_COMPLAINT = 500;

/** `command`: what ends up in `runDialHelper`. */
export function startDialling({ handle }: NetworkNamespace, command: readonly string[]): Dialling {
  const namespace = `--net=/proc/self/fd/${NAMESPACE_DESCRIPTOR}`;
  const child = spawn('nsenter', [namespace, '--', ...command], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', handle.fd],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  const waiting = new Map<number, PromiseWithResolvers<Dialled>>();
  const over = Promise.withResolvers<LongshoreError>();
  let lastId = 0;
  let alive = true;

  void endOf(child).then((error) => {
    alive = false;
    over.resolve(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  });
  child.on('message', (answer: DialAnswer, socket: unknown) => {
    const dialled = dialledOf(answer, socket);
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiter) waiter.resolve(dialled);
    else if (dialled.kind === 'connected') dialled.socket.destroy();
  });

  return {
    async dial(port) {
      const request: DialRequest = { id: ++lastId, port };
      const waiter = Promise.withResolvers<Dialled>();
      waiting.set(request.id, waiter);
      child.send(request, (error) => {
        // Why it cannot be told, its end says.
        if (error) void over.promise.then(waiter.reject);
      });
      return waiter.promise;
    },
    get alive() {
      return alive;
    },
    async end() {
      child.kill('SIGKILL');
      await over.promise;
    },
  };
}

function dialledOf({ failures }: DialAnswer, socket: unknown): Dialled {
  if (!(socket instanceof Socket)) return { kind: 'failed', failures };
  socket.allowHalfOpen = true;
  return { kind: 'connected', socket };
}

/** Resolves with what to say to whoever still asks. */
async function endOf(child: ChildProcess): Promise<LongshoreError> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(0, MAX_COMPLAINT);
  });
  return new Promise((resolve) => {
    const because = (why: string, cause?: unknown) =>
      resolve(
        new LongshoreError('unavailable', `cannot enter the pod's network namespace: ${why}`, { cause }),
      );
    child.once('error', (cause) => because(`nsenter: ${describeError(cause)}; install util-linux`));
    child.once('close', (code, signal) => {
      const said = complaint.trim().split('\n')[0];
      because(said || `the helper ended with ${signal ?? `code ${code}`}`);
    });
  });
}
