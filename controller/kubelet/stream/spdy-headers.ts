// The header blocks of SPDY/3.1. All blocks of one direction are one zlib stream, so they are read strictly in order and
// none may be left out. Ours are stored: that needs no compressor.
import { constants, inflateRawSync } from 'node:zlib';
import { LongshoreError } from '../../../common/errors.ts';
import { spdyDictionary } from './spdy-dictionary.ts';

/** Names in lower case, as they are on the wire. */
export type SpdyHeaders = ReadonlyMap<string, string>;

export interface HeaderReader {
  /** Throws `invalid`; nothing more can be read then. */
  read(block: Buffer): SpdyHeaders;
}

/** How far back a deflated block may refer to what came before it. */
const WINDOW_BYTES = 32 * 1024;

/**
 * Each block ends at a byte, as the specification has it (SYNC_FLUSH), so each is inflated by itself, at once: a stream of
 * zlib's would do the same in another thread, and every stream of a client waits for that.
 */
export function createHeaderReader(maxBytes: number): HeaderReader {
  let before: Buffer | undefined;
  let broken = false;

  function inflate(block: Buffer): Buffer {
    const { body, window } = before ? { body: block, window: before } : withoutZlibHead(block);
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxBytes, dictionary: window };
    const bytes = inflateRawSync(body, options);
    before = Buffer.concat([window, bytes]).subarray(-WINDOW_BYTES);
    return bytes;
  }

  return {
    read(block) {
      try {
        if (broken) throw malformed('headers after such as cannot be read');
        return parseHeaders(inflate(block));
      } catch (error) {
        broken = true;
        throw error instanceof LongshoreError ? error : unreadable(error, maxBytes);
      }
    },
  };
}

const DEFLATE = 8;
const HAS_DICTIONARY = 0x20;
const DICTIONARY_CHECKSUM = 0xe3c6_a7c2;

/** Only the first block has it. */
function withoutZlibHead(block: Buffer): { readonly body: Buffer; readonly window: Buffer } {
  const [method = 0, flags = 0] = block;
  const isZlib = (method & 0x0f) === DEFLATE && (method * 256 + flags) % 31 === 0;
  if (!isZlib) throw malformed('headers that do not inflate');
  if ((flags & HAS_DICTIONARY) === 0) return { body: block.subarray(2), window: Buffer.alloc(0) };
  if (block.length < 6 || block.readUInt32BE(2) !== DICTIONARY_CHECKSUM)
    throw malformed('headers against another dictionary');
  return { body: block.subarray(6), window: spdyDictionary() };
}

function unreadable(error: unknown, maxBytes: number): LongshoreError {
  const { code } = error as NodeJS.ErrnoException;
  return malformed(
    code === 'ERR_BUFFER_TOO_LARGE'
      ? `headers of more than ${maxBytes} bytes`
      : 'headers that do not inflate',
  );
}

export function parseHeaders(bytes: Buffer): SpdyHeaders {
  let offset = 0;
  const number = () => {
    if (bytes.length - offset < 4) throw malformed('headers cut short');
    offset += 4;
    return bytes.readUInt32BE(offset - 4);
  };
  const text = () => {
    const length = number();
    if (bytes.length - offset < length) throw malformed('headers cut short');
    offset += length;
    return bytes.toString('latin1', offset - length, offset);
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    if (name === '' || headers.has(name)) throw malformed('a header without a name of its own');
    headers.set(name, text());
  }
  if (offset !== bytes.length) throw malformed('bytes after the headers');
  return headers;
}

export function encodeHeaders(headers: SpdyHeaders): Buffer {
  const parts = [u32(headers.size)];
  for (const [name, value] of headers) {
    for (const text of [Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1')])
      parts.push(u32(text.length), text);
  }
  return Buffer.concat(parts);
}

const ZLIB_HEAD = Buffer.from([0x78, 0x01]);
/** An empty block: at this one Go's reader gives what it has, and only then waits for more. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Blocks of at most 64 KiB each, one after the other, as a zlib stream of stored blocks that has no end. */
export function createHeaderWriter(): (headers: SpdyHeaders) => Buffer {
  let head = ZLIB_HEAD;
  return (headers) => {
    const plain = encodeHeaders(headers);
    const lengths = Buffer.alloc(5);
    lengths.writeUInt16LE(plain.length, 1);
    lengths.writeUInt16LE(~plain.length & 0xffff, 3);
    const block = Buffer.concat([head, lengths, plain, FLUSH]);
    head = Buffer.alloc(0);
    return block;
  };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function malformed(what: string): LongshoreError {
  return new LongshoreError('invalid', `the SPDY client sent something malformed: ${what}`);
}
