// Lets kube-apiserver, which listens on one address only, be reached on another too: bytes in, bytes out. TLS is the API
// server's own from end to end, so nothing is seen or decided here.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describeError, LongshoreError } from '../../common/errors.ts';

export interface RelayOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly target: { readonly host: string; readonly port: number };
}

export async function startRelay({ listen, target }: RelayOptions): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true });
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      open.add(socket);
      socket.once('error', () => other.destroy());
      socket.once('close', () => {
        open.delete(socket);
        other.destroySoon();
      });
      socket.pipe(other);
    }
  });
  server.listen(listen.port, listen.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const where = `${listen.host}:${listen.port}`;
    throw new LongshoreError('unavailable', `cannot listen on ${where}: ${describeError(error)}`, {
      cause: error,
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
