// Sends without end to whoever connects, on a loopback port that it tells its parent; ends with it.
import { type AddressInfo, createServer } from 'node:net';
import { flood } from '../kit/flood.ts';

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  flood(socket);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
