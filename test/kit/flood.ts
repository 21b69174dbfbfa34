// Sends without end, as fast as it is taken.
import type { Writable } from 'node:stream';

const PIECE = Buffer.alloc(64 * 1024);

export function flood(socket: Writable): void {
  const more = () => {
    while (socket.write(PIECE));
  };
  socket.on('drain', more);
  more();
}
