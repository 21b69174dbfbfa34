// A connection to a port of the loopback interface of the network namespace that this process is in, by IPv4 and then by
// IPv6: what a pod listens on is often one of the two alone.
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { DialFailure } from './dial-message.ts';

const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Loopback answers at once, unless the server's queue is full. */
const CONNECT_WITHIN_MS = 10_000;

export type Dialled =
  | { readonly kind: 'connected'; readonly socket: Socket }
  | { readonly kind: 'failed'; readonly failures: readonly DialFailure[] };

/** Nothing has been read from the socket, and each of its halves ends by itself. The signal, when it aborts, ends it. */
export async function dialLoopback(port: number, signal?: AbortSignal): Promise<Dialled> {
  const failures: DialFailure[] = [];
  for (const host of LOOPBACK) {
    const dialled = await dial({ host, port, signal });
    if (typeof dialled !== 'string') return { kind: 'connected', socket: dialled };
    failures.push({ host, code: dialled });
  }
  return { kind: 'failed', failures };
}

function dial(to: Pick<NetConnectOpts, 'signal'> & { host: string; port: number }): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect({ ...to, allowHalfOpen: true });
    // What the server says first is for whoever gets the socket.
    socket.pause();
    const fail = (code: string) => {
      socket.destroy();
      resolve(code);
    };
    const onError = ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message);
    socket.setTimeout(CONNECT_WITHIN_MS, () => fail('ETIMEDOUT'));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.off('error', onError);
      resolve(socket);
    });
  });
}
