// Takes an HTTP/1.1 answer apart, wherever the transport cuts: its status, and its body without the chunks it came in. The
// body's bytes are moved together where they lie: a log comes in a chunk for each line, of which Node’s own client makes a copy
// and an object each.
import { LongshoreError } from '../../common/errors.ts';

export interface AnswerReader {
  /** How many bytes of the body these held; they are now the first of them. Throws when this is no HTTP. */
  read(bytes: Buffer): number;
  /** Of the answer, once its head has come. */
  readonly status: number | undefined;
  /** No more belongs to it, if the connection ends now. */
  readonly isWhole: boolean;
}

/** What comes next. `rest`: whatever comes until the connection ends. */
type Expected = 'head' | 'size' | 'extension' | 'data' | 'end of data' | 'trailer' | 'rest' | 'nothing';

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_CHUNK_BYTES = 2 ** 31;
const [CR, LF, SEMICOLON, SPACE, TAB] = [0x0d, 0x0a, 0x3b, 0x20, 0x09] as const;

export function createAnswerReader(): AnswerReader {
  let expected: Expected = 'head';
  let head = '';
  let status: number | undefined;
  let isChunked = false;
  /** Of the chunk, or of a body whose length is known. */
  let left = 0;
  let digits = 0;
  let trailerBytes = 0;

  /** Where the body begins; the end of the bytes while the head goes on. */
  function readHead(bytes: Buffer): number {
    const before = head.length;
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end > MAX_HEAD_BYTES || (end === -1 && head.length > MAX_HEAD_BYTES))
      throw notHttp('its head is too long');
    if (end === -1) return bytes.length;
    const parsed = parseHead(head.slice(0, end));
    ({ status, isChunked } = parsed);
    left = parsed.length ?? 0;
    if (isChunked) expected = 'size';
    else if (parsed.length === undefined) expected = 'rest';
    else expected = left > 0 ? 'data' : 'nothing';
    head = '';
    return end + 4 - before;
  }

  /** The line that says how long a chunk is. */
  function readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit !== undefined && expected === 'size') {
      left = left * 16 + digit;
      digits++;
      if (left > MAX_CHUNK_BYTES || digits > 16) throw notHttp('a chunk of it is too long');
    } else if (byte === LF) {
      if (digits === 0) throw notHttp('a chunk of it has no length');
      digits = 0;
      expected = left > 0 ? 'data' : 'trailer';
    } else if (byte === SEMICOLON || byte === SPACE || byte === TAB) expected = 'extension';
    else if (byte !== CR && expected === 'size') throw notHttp('the length of a chunk of it is no number');
  }

  /** Ends with an empty line. */
  function readTrailer(byte: number): void {
    if (byte === LF) {
      if (trailerBytes === 0) expected = 'nothing';
      trailerBytes = 0;
    } else if (byte !== CR && ++trailerBytes > MAX_HEAD_BYTES) throw notHttp('it does not end');
  }

  function readEndOfData(byte: number): void {
    if (byte === LF) expected = 'size';
    else if (byte !== CR) throw notHttp('a chunk of it is longer than it says');
  }

  return {
    read(bytes) {
      let at = expected === 'head' ? readHead(bytes) : 0;
      let kept = 0;
      while (at < bytes.length) {
        switch (expected) {
          case 'data':
          case 'rest': {
            const there = expected === 'rest' ? bytes.length - at : Math.min(left, bytes.length - at);
            bytes.copyWithin(kept, at, at + there);
            kept += there;
            at += there;
            if (expected === 'rest') break;
            left -= there;
            if (left === 0) expected = isChunked ? 'end of data' : 'nothing';
            break;
          }
          case 'size':
          case 'extension':
            readSize(bytes[at++] ?? 0);
            break;
          case 'end of data':
            readEndOfData(bytes[at++] ?? 0);
            break;
          case 'trailer':
            readTrailer(bytes[at++] ?? 0);
            break;
          case 'nothing':
          case 'head':
            return kept;
          default:
            return expected satisfies never;
        }
      }
      return kept;
    },
    get status() {
      return status;
    },
    get isWhole() {
      return expected === 'nothing' || expected === 'rest';
    },
  };
}

interface Head {
  readonly status: number;
  readonly isChunked: boolean;
  /** Undefined: the body goes on until the connection ends. */
  readonly length: number | undefined;
}

function parseHead(head: string): Head {
  const [first = '', ...fields] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) throw notHttp('its first line is none');
  const field = (name: string) => {
    const found = fields.find((line) => line.toLowerCase().startsWith(`${name}:`));
    return found?.slice(name.length + 1).trim();
  };
  const isChunked = field('transfer-encoding')?.toLowerCase() === 'chunked';
  const length = field('content-length');
  if (isChunked || length === undefined) return { status, isChunked, length: undefined };
  if (!/^\d{1,15}$/.test(length)) throw notHttp('its length is no number');
  return { status, isChunked, length: Number(length) };
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function notHttp(why: string): LongshoreError {
  return new LongshoreError('internal', `what Docker answers is no HTTP: ${why}`);
}
