// A relay to the controller whose every connection comes from another loopback address: a thousand machines that join
// from one address would be taken for one that tries too often.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface ManyAddresses extends AsyncDisposable {
  /** HOST:PORT */
  readonly address: string;
}

export async function relayFromManyAddresses(target: string): Promise<ManyAddresses> {
  const [host = '', port = ''] = target.split(':');
  let count = 0;
  const server = createServer((near) => {
    count += 1;
    const localAddress = `127.1.${Math.floor(count / 250) % 250}.${(count % 250) + 1}`;
    const far = connect({ host, port: Number(port), localAddress });
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}
