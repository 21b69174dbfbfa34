// Stands between kubectl and an API server, speaks plain HTTP to the one and the administrator's TLS to the other, and
// keeps what passes.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface PassedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Of the answer so far; a watch's grows. */
  readonly answer: { status: number; text: string };
}

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  readonly requests: PassedRequest[];
}

export async function startRecordingProxy(target: {
  readonly url: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}): Promise<RecordingProxy> {
  const { ca, certificate: cert, key } = target;
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  const requests: PassedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = '', url: path = '' } = request;
    // Uncompressed, so that what is kept can be read.
    const { host: _host, 'accept-encoding': _encoding, ...headers } = request.headers;
    const passed = { method, path, headers, body, answer: { status: 0, text: '' } };
    requests.push(passed);
    const onward = httpsRequest(`${target.url}${path}`, { method, headers, agent }, (answer) => {
      passed.answer.status = answer.statusCode ?? 0;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        passed.answer.text += chunk.toString();
        response.write(chunk);
      });
      answer.on('end', () => response.end());
      answer.on('error', () => response.destroy());
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end(body.length > 0 ? body : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}
