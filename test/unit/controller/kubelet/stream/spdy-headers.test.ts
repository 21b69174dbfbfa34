import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { constants, createDeflate, createInflate, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { errorCode } from '../../../../../common/errors.ts';
import { spdyDictionary } from '../../../../../controller/kubelet/stream/spdy-dictionary.ts';
import {
  createHeaderReader,
  createHeaderWriter,
  encodeHeaders,
  parseHeaders,
} from '../../../../../controller/kubelet/stream/spdy-headers.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';

/** The blocks as a client would send them: one zlib stream, flushed after each. */
async function compressed(plain: readonly Buffer[]): Promise<Buffer[]> {
  const deflate = createDeflate({ dictionary: spdyDictionary(), flush: constants.Z_SYNC_FLUSH });
  const blocks: Buffer[] = [];
  let parts: Buffer[] = [];
  deflate.on('data', (part: Buffer) => parts.push(part));
  for (const each of plain) {
    await new Promise((resolve) => deflate.write(each, resolve));
    blocks.push(Buffer.concat(parts));
    parts = [];
  }
  deflate.destroy();
  return blocks;
}

describe('SPDY headers', () => {
  it('are compressed against the dictionary of the specification', () => {
    let [a, b] = [1, 0];
    for (const byte of spdyDictionary()) {
      a = (a + byte) % 65_521;
      b = (b + a) % 65_521;
    }
    assert.equal((b * 65_536 + a).toString(16), 'e3c6a7c2');
  });

  it('are read block after block as they were written', async () => {
    const name = fc.stringMatching(/^[a-z][a-z-]{0,20}$/);
    const headers = fc.array(fc.tuple(name, fc.stringMatching(/^[ -~]{0,200}$/)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { minLength: 1, maxLength: 5 }), async (lists) => {
        const written = lists.map((list) => new Map(list));
        const reader = createHeaderReader(64 * 1024);
        const read = [];
        for (const block of await compressed(written.map(encodeHeaders))) read.push(reader.read(block));
        assert.deepEqual(read, written);
      }),
      FUZZ,
    );
  });

  it('that inflate beyond the bound are refused, however small they came', async () => {
    const [bomb = Buffer.alloc(0)] = await compressed([Buffer.alloc(8 * 1024 * 1024)]);
    assert.ok(bomb.length < 16 * 1024);
    const reader = createHeaderReader(16 * 1024);
    assert.throws(() => reader.read(bomb), { code: 'invalid' });
    assert.throws(() => reader.read(bomb), { code: 'invalid' });
  });

  it('made of any bytes are read or refused, and nothing else', async () => {
    const [begun = Buffer.alloc(0)] = await compressed([encodeHeaders(new Map([['a', 'b']]))]);
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 100 }), (later, garbage) => {
        const reader = createHeaderReader(1024);
        if (later) reader.read(begun);
        try {
          reader.read(Buffer.from(garbage));
        } catch (error) {
          assert.equal(errorCode(error), 'invalid');
        }
      }),
      FUZZ,
    );
  });

  it('may refer to those long before, as far as zlib lets them', async () => {
    const random = (bytes: number) => randomBytes(bytes).toString('hex');
    const repeated = random(400);
    const lists = Array.from(
      { length: 40 },
      (_, index) => new Map([['x', index % 5 === 0 ? repeated : random(1500)]]),
    );
    const reader = createHeaderReader(16 * 1024);
    for (const [index, block] of (await compressed(lists.map(encodeHeaders))).entries())
      assert.deepEqual(reader.read(block), lists[index]);
  });

  it('without a dictionary are read too, against another one refused', async () => {
    const block = (dictionary?: Buffer) =>
      deflateSync(encodeHeaders(new Map([['a', 'b']])), { dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    assert.deepEqual(createHeaderReader(1024).read(block()), new Map([['a', 'b']]));
    assert.throws(() => createHeaderReader(1024).read(block(Buffer.from('another'))), { code: 'invalid' });
  });

  for (const [what, hex] of [
    ['a count beyond what follows', '00000001'],
    ['a name longer than what follows', '00000001 00000010 61'],
    ['a header without a name', '00000001 00000000 00000000'],
    ['the same name twice', '00000002 00000001 61 00000000 00000001 41 00000000'],
    ['bytes that follow', '00000000 00'],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => parseHeaders(Buffer.from(hex.replaceAll(' ', ''), 'hex')), { code: 'invalid' });
    });
  }

  it('of our own are complete block by block, for zlib and for our reader', async () => {
    const inflate = createInflate();
    const write = createHeaderWriter();
    const reader = createHeaderReader(1000);
    for (const headers of [new Map(), new Map([['streamtype', 'error']]), new Map([['a', '']])]) {
      const block = write(headers);
      assert.deepEqual(reader.read(block), headers);
      inflate.write(block);
      const [bytes] = await once(inflate, 'data');
      assert.deepEqual(bytes, encodeHeaders(headers));
    }
    inflate.destroy();
  });
});
