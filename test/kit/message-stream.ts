// Bytes as the binary messages of a WebSocket that is open already, at the client's end. The tests' library refuses the name
// of the protocol that tunnels agree on, and so cannot open one.
import { Duplex } from 'node:stream';

export function createMessageStream(socket: Duplex): Duplex {
  let unread = Buffer.alloc(0);
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(message(chunk), () => done()),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (let frame = firstFrame(unread); frame; frame = firstFrame(unread)) {
      unread = unread.subarray(frame.size);
      if (!stream.push(frame.data)) socket.pause();
    }
  });
  socket.on('close', () => stream.destroy());
  return stream;
}

/** A client's messages are masked; a mask of zeros changes nothing. */
function message(data: Buffer): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt16BE(0x82ff);
  head.writeBigUInt64BE(BigInt(data.length), 2);
  return Buffer.concat([head, data]);
}

/** Undefined while it is not all there. */
function firstFrame(bytes: Buffer): { readonly data: Buffer; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + length) return undefined;
  return { data: bytes.subarray(start, start + length), size: start + length };
}
