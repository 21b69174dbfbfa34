// Bytes as the binary messages of a WebSocket that has been opened already, at the client's end. The library refuses the
// name of the protocol that tunnels go by, for its slash, and so cannot open one.
import { Duplex } from 'node:stream';

const OPCODE = { close: 0x8, ping: 0x9, pong: 0xa } as const;
const BINARY = 0x82;
/** More than a server has a reason to send at once. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MASKED = 0x80;
const NO_MASK = Buffer.alloc(4);

export function createMessageDuplex(socket: Duplex): Duplex {
  let unread: Buffer = Buffer.alloc(0);
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(message(BINARY, chunk), () => done()),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const take = ({ opcode, data }: Message) => {
    if (opcode === OPCODE.close) duplex.destroy();
    else if (opcode === OPCODE.ping) socket.write(message(0x80 | OPCODE.pong, data));
    else if (opcode !== OPCODE.pong && !duplex.push(data)) socket.pause();
  };
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (let next = firstMessage(unread); next; next = firstMessage(unread)) {
      unread = unread.subarray(next.size);
      take(next);
    }
    if (unread.length > MAX_MESSAGE_BYTES) duplex.destroy();
  });
  socket.on('close', () => duplex.destroy());
  return duplex;
}

/** A client's messages are masked; a mask of zeros changes nothing. */
function message(first: number, data: Buffer): Buffer {
  const isShort = data.length < 126;
  const length = Buffer.alloc(isShort ? 0 : 8);
  if (!isShort) length.writeBigUInt64BE(BigInt(data.length));
  const head = Buffer.from([first, MASKED | (isShort ? data.length : 127)]);
  return Buffer.concat([head, length, NO_MASK, data]);
}

interface Message {
  readonly opcode: number;
  readonly data: Buffer;
  /** With its head. */
  readonly size: number;
}

/** Undefined while it is not all there. A server's are not masked. */
function firstMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < start + length) return undefined;
  return {
    opcode: bytes.readUInt8(0) & 0x0f,
    data: bytes.subarray(start, start + length),
    size: start + length,
  };
}
