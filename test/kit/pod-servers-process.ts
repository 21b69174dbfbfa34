// The process of test/kit/pod-servers.ts: serves until its parent is gone.
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { flood } from './flood.ts';
import { POD_SERVERS } from './pod-servers.ts';

const serve: Readonly<Record<keyof typeof POD_SERVERS, (socket: Socket) => void>> = {
  echo: (socket) => socket.pipe(socket),
  echo6: (socket) => socket.pipe(socket),
  lengthAfterEnd: async (socket) => socket.end(String((await text(socket)).length)),
  flood,
  greeting: (socket) => socket.end('hello\n'),
};

// Docker turns IPv6 off where it gives out no addresses of it.
writeFileSync('/proc/sys/net/ipv6/conf/lo/disable_ipv6', '0');

const names = Object.keys(POD_SERVERS) as (keyof typeof POD_SERVERS)[];
let listening = 0;
for (const name of names) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serve[name](socket);
  });
  server.listen(POD_SERVERS[name], () => {
    if (++listening === names.length) process.send?.('listening');
  });
}
process.on('disconnect', () => process.exit());
