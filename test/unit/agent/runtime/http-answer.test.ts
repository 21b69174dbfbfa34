import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createAnswerReader } from '../../../../agent/runtime/http-answer.ts';
import { LongshoreError } from '../../../../common/errors.ts';
import { cutAnywhere } from '../../../kit/cut-anywhere.ts';
import { FUZZ } from '../../../kit/fuzz.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';

function read(pieces: Iterable<Buffer>) {
  const reader = createAnswerReader();
  const body: Buffer[] = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    body.push(bytes.subarray(0, reader.read(bytes)));
  }
  return { body: Buffer.concat(body), status: reader.status, isWhole: reader.isWhole };
}

function chunk(data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

describe('an answer of HTTP', () => {
  it('is its status and the bytes of its chunks, wherever the transport cuts', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, fc.array(fc.nat(), { maxLength: 20 }), (parts, cuts) => {
        const answer = Buffer.concat([Buffer.from(CHUNKED), ...parts.map(chunk), Buffer.from('0\r\n\r\n')]);
        const expected = { body: Buffer.concat(parts), status: 200, isWhole: true };
        assert.deepEqual(read(cutAnywhere(answer, cuts)), expected);
      }),
      FUZZ,
    );
  });

  const answers: [
    what: string,
    text: string,
    expected: { body: string; status: number; isWhole: boolean },
  ][] = [
    [
      'of a known length',
      'HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabc',
      { body: 'abc', status: 404, isWhole: true },
    ],
    [
      'of no length',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      { body: '', status: 200, isWhole: true },
    ],
    ['until the connection ends', 'HTTP/1.0 200 OK\r\n\r\nabc', { body: 'abc', status: 200, isWhole: true }],
    [
      'with more after it',
      'HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nabcdef',
      { body: 'abc', status: 500, isWhole: true },
    ],
    [
      'with extensions and trailers',
      `${CHUNKED}A;name=feed\r\n0123456789\r\n1 ; x\r\na\r\n000\r\nOne: 1\r\nTwo: 2\r\n\r\nmore`,
      { body: '0123456789a', status: 200, isWhole: true },
    ],
    ['cut in its chunk', `${CHUNKED}A\r\n012`, { body: '012', status: 200, isWhole: false }],
    ['cut between its chunks', `${CHUNKED}1\r\n0\r\n`, { body: '0', status: 200, isWhole: false }],
    ['cut in its trailer', `${CHUNKED}0\r\nOne: 1\r\n`, { body: '', status: 200, isWhole: false }],
    [
      'cut in its known length',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc',
      { body: 'abc', status: 200, isWhole: false },
    ],
  ];
  for (const [what, text, expected] of answers) {
    it(`comes ${what}`, () => {
      for (const pieces of [[Buffer.from(text)], Array.from(text, (letter) => Buffer.from(letter))]) {
        const { body, ...rest } = read(pieces);
        assert.deepEqual({ body: body.toString(), ...rest }, expected);
      }
    });
  }

  const refused: [what: string, text: string][] = [
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['another version of it', 'HTTP/2 200\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(5000)}`],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['a chunk without a length', `${CHUNKED}\r\nabc`],
    ['a chunk whose length is no number', `${CHUNKED}x\r\nabc`],
    ['a chunk that is too long', `${CHUNKED}100000000\r\nabc`],
    ['a length without end', `${CHUNKED}${'0'.repeat(20)}`],
    ['a chunk longer than it says', `${CHUNKED}1\r\nabc`],
    ['a trailer without end', `${CHUNKED}0\r\n${'x'.repeat(20_000)}`],
  ];
  for (const [what, text] of refused) {
    it(`is not ${what}`, () => {
      assert.throws(() => read([Buffer.from(text)]), LongshoreError);
      assert.throws(() => read(Array.from(text, (letter) => Buffer.from(letter))), LongshoreError);
    });
  }

  it('gives no more than came, and fails in no way of its own, whatever comes', () => {
    const noise = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom('0\r\n', 'a\r\n', '\r\n', ';', 'ff').map(Buffer.from),
      ),
    );
    fc.assert(
      fc.property(fc.boolean(), noise, fc.array(fc.nat(), { maxLength: 8 }), (isBegun, parts, cuts) => {
        const bytes = Buffer.concat([Buffer.from(isBegun ? CHUNKED : ''), ...parts]);
        try {
          assert.ok(read(cutAnywhere(bytes, cuts)).body.length <= bytes.length);
        } catch (error) {
          assert.ok(error instanceof LongshoreError, String(error));
        }
      }),
      FUZZ,
    );
  });
});
