// An API server's way to a kubelet for streams, and nothing else of it: what is asked of a pod is passed on to the kubelet's
// own path, upgrades and all. It can be broken at named places.
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Endpoint } from '../../controller/cli/stream-client.ts';
import { createTestAuthority } from './certificates.ts';

export interface ApiProxyOptions {
  /** A proxy before the API server that does not pass this upgrade. */
  readonly blocks?: 'SPDY/3.1' | 'websocket';
  /** A proxy before the API server that passes answers on when they have ended. */
  readonly buffers?: boolean;
  /** The kubelet port cannot be reached from the API server: this is what it says. */
  readonly unreachable?: string;
  /** The API server lets the user do none of it: this is what it says. */
  readonly forbidden?: string;
}

export async function startApiProxy(
  kubelet: Endpoint,
  { blocks, buffers = false, unreachable, forbidden }: ApiProxyOptions = {},
) {
  const authority = await createTestAuthority('API CA');
  const serving = await authority.issue({ commonName: 'api', use: 'server', altNames: ['localhost'] });
  const server = createServer({ cert: serving.certPem, key: serving.keyPem });
  const passedOn = (url: string, headers: NodeJS.Dict<string | string[]>, method: string | undefined) =>
    httpsRequest(`${kubelet.url}${kubeletPath(url)}`, {
      ...{ ...kubelet.tls, ...(method && { method }), agent: false },
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'host')),
    });

  server.on('request', (asked, answer) => {
    if (forbidden !== undefined) {
      answer.writeHead(403).end(forbidden);
      return;
    }
    if (unreachable !== undefined) {
      answer.writeHead(500).end(unreachable);
      return;
    }
    const passed = passedOn(asked.url ?? '', asked.headers, asked.method);
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      answer.flushHeaders();
      response.on('error', () => answer.destroy());
      if (buffers)
        void text(response).then(
          (whole) => answer.end(whole),
          () => answer.destroy(),
        );
      else response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end();
  });
  server.on('upgrade', (asked, socket: Socket): void => {
    socket.on('error', () => undefined);
    const refuse = (status: string, text: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
    if (asked.headers.upgrade === blocks) return void refuse('400 Bad Request', 'upgrades are not for here');
    if (forbidden !== undefined) return void refuse('403 Forbidden', forbidden);
    if (unreachable !== undefined) return void refuse('500 Internal Server Error', unreachable);
    const passed = passedOn(asked.url ?? '', asked.headers, asked.method);
    passed.on('upgrade', (response, upstream: Socket) => {
      const headers = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(['HTTP/1.1 101 Switching Protocols', ...headers, '', ''].join('\r\n'));
      upstream.on('error', () => socket.destroy()).pipe(socket);
      socket.pipe(upstream);
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.destroy());
    });
    passed.on('response', async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part);
      refuse(`${response.statusCode} Refused`, Buffer.concat(parts).toString());
    });
    passed.on('error', () => socket.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint: Endpoint = {
    ...{ url: `https://127.0.0.1:${port}`, headers: {} },
    tls: { ca: authority.caPem, servername: 'localhost' },
  };
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `/api/v1/namespaces/N/pods/P/exec?container=C&stdout=true` is `/exec/N/P/C?output=1` there. */
function kubeletPath(url: string): string {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const [, , , , namespace, , pod, what = ''] = pathname.split('/');
  const container = searchParams.get('container');
  const names = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;
  const query = new URLSearchParams();
  for (const [name, theirs] of Object.entries(names)) if (searchParams.get(name)) query.set(theirs, '1');
  for (const word of searchParams.getAll('command')) query.append('command', word);
  if (searchParams.get('follow')) query.set('follow', 'true');
  const route = what === 'log' ? 'containerLogs' : what === 'portforward' ? 'portForward' : what;
  return `/${[route, namespace, pod, ...(container ? [container] : [])].join('/')}?${query}`;
}
