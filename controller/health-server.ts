// Plain HTTP for the probes of a kubelet: /livez answers for as long as this process can answer at all, /readyz while it
// leads or could take over. It tells nothing else, to anyone.
import { createServer, type RequestListener } from 'node:http';
import { LongshoreError } from '../common/errors.ts';
import type { ListenAddress } from './config.ts';

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/** `unready` says in a few words why this process is not ready; undefined: it is. */
export async function startHealthServer(
  listen: ListenAddress,
  unready: () => string | undefined,
): Promise<HealthServer> {
  const answer: RequestListener = ({ method, url }, response) => {
    const probe = method === 'GET' || method === 'HEAD';
    const reason = url === '/readyz' ? unready() : undefined;
    const known = url === '/livez' || url === '/readyz';
    const status = !known ? 404 : !probe ? 405 : reason === undefined ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(status === 200 ? 'ok\n' : `${reason ?? 'not here'}\n`);
  };
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 2000 },
    answer,
  );
  server.maxConnections = 64;
  const { host, port } = listen;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `cannot listen for probes on ${host}:${port}: choose another address with --health-listen`;
      reject(new LongshoreError('precondition', message, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
