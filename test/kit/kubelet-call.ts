// A caller of a kubelet port on this machine that has a token and no certificate.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

export async function getWithToken(call: {
  readonly port: number;
  readonly path: string;
  readonly token: string;
}): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const asked = request({
    ...{ host: '127.0.0.1', port: call.port, path: call.path, rejectUnauthorized: false, agent: false },
    headers: { authorization: `Bearer ${call.token}` },
  });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}
