// The header blocks of SPDY/3.1. All blocks of one direction are one zlib stream, so they are read strictly in order and
// none may be left out. Ours are empty and stored: that needs no compressor.
import { createInflate } from 'node:zlib';
import { LongshoreError } from '../../../common/errors.ts';
import { spdyDictionary } from './spdy-dictionary.ts';

/** Names in lower case, as they are on the wire. */
export type SpdyHeaders = ReadonlyMap<string, string>;

export interface HeaderReader extends Disposable {
  /** One at a time. Rejects with `invalid`; nothing more can be read then. */
  read(block: Buffer): Promise<SpdyHeaders>;
}

export function createHeaderReader(maxBytes: number): HeaderReader {
  const inflate = createInflate({ dictionary: spdyDictionary() });
  let parts: Buffer[] = [];
  let bytes = 0;
  let failed: (error: Error) => void = () => undefined;
  // The output of a block is complete when its write is: zlib gives what it can as soon as it can.
  inflate.on('data', (part: Buffer) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) inflate.destroy(malformed(`headers of more than ${maxBytes} bytes`));
  });
  inflate.on('error', (error) => failed(error));

  return {
    read: (block) =>
      new Promise((resolve, reject) => {
        failed = (error) =>
          reject(error instanceof LongshoreError ? error : malformed('headers that do not inflate'));
        parts = [];
        bytes = 0;
        inflate.write(block, (error) => {
          if (error) failed(error);
          else {
            try {
              resolve(parseHeaders(Buffer.concat(parts)));
            } catch (problem) {
              reject(problem);
            }
          }
        });
      }),
    [Symbol.dispose]: () => void inflate.destroy(),
  };
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
const NO_HEADERS = Buffer.alloc(4);
/** An empty block: at this one Go's reader gives what it has, and only then waits for more. */
const FLUSH = [0, 0, 0, 0xff, 0xff];

/** Blocks without headers, one after the other, as a zlib stream of stored blocks that has no end. */
export function createEmptyHeaderBlocks(): () => Buffer {
  let first = true;
  return () => {
    const { length } = NO_HEADERS;
    const stored = Buffer.from([0, length, 0, ~length & 0xff, 0xff, ...NO_HEADERS, ...FLUSH]);
    const block = first ? Buffer.concat([ZLIB_HEAD, stored]) : stored;
    first = false;
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
