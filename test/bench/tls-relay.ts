// The least that a program can do between two connections, the first of them with TLS: `node tls-relay.ts CERTIFICATE KEY
// HOST:PORT [CA]` passes bytes on to the target, with TLS where a CA is given. Tells its parent its port; ends with it.
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, createServer } from 'node:tls';

const [certificate = '', key = '', target = '', ca] = process.argv.slice(2);
const [host = '', port = ''] = target.split(':');

function dial(): Socket {
  const to = { host, port: Number(port) };
  return ca === undefined
    ? connectPlain(to)
    : connectTls({ ...to, ca: readFileSync(ca), servername: 'localhost' });
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (near) => {
  const far = dial();
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
    one.pipe(other);
  }
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
