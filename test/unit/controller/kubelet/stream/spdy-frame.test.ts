import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../../../../../common/errors.ts';
import {
  createFrameReader,
  encodeFrame,
  type Frame,
} from '../../../../../controller/kubelet/stream/spdy-frame.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';

const MAX_CONTROL = 1024;
const block = Buffer.from('block');

const FRAMES: [frame: Frame, hex: string][] = [
  [
    { kind: 'syn-stream', streamId: 1, headerBlock: block, fin: false, unidirectional: false },
    `80030001 00 00000f 00000001 00000000 0000 ${block.toString('hex')}`,
  ],
  [
    { kind: 'syn-stream', streamId: 3, headerBlock: block, fin: true, unidirectional: true },
    `80030001 03 00000f 00000003 00000000 0000 ${block.toString('hex')}`,
  ],
  [
    { kind: 'syn-reply', streamId: 1, headerBlock: block },
    `80030002 00 000009 00000001 ${block.toString('hex')}`,
  ],
  [{ kind: 'rst-stream', streamId: 5, status: 3 }, '80030003 00 000008 00000005 00000003'],
  [{ kind: 'settings' }, '80030004 00 000004 00000000'],
  [{ kind: 'settings', initialWindow: 4096 }, '80030004 00 00000c 00000001 00000007 00001000'],
  [{ kind: 'ping', id: 7 }, '80030006 00 000004 00000007'],
  [{ kind: 'go-away', lastStreamId: 9, status: 1 }, '80030007 00 000008 00000009 00000001'],
  [
    { kind: 'headers', streamId: 1, headerBlock: block, fin: true },
    `80030008 01 000009 00000001 ${block.toString('hex')}`,
  ],
  [{ kind: 'window-update', streamId: 0, delta: 65_536 }, '80030009 00 000008 00000000 00010000'],
  [{ kind: 'data', streamId: 1, data: Buffer.from('hi'), fin: false }, '00000001 00 000002 6869'],
  [{ kind: 'data', streamId: 1, data: Buffer.alloc(0), fin: true }, '00000001 01 000000'],
];

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

function read(...chunks: Buffer[]): Frame[] {
  const reader = createFrameReader(MAX_CONTROL);
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
}

/** Pieces of one data frame as the frame they make. */
function joined(frames: readonly Frame[]): Frame[] {
  const result: Frame[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    if (frame.kind === 'data' && last?.kind === 'data' && last.streamId === frame.streamId && !last.fin)
      result[result.length - 1] = { ...frame, data: Buffer.concat([last.data, frame.data]) };
    else result.push(frame);
  }
  return result;
}

describe('a SPDY frame', () => {
  for (const [frame, hex] of FRAMES) {
    it(`of kind ${frame.kind} is ${hex}`, () => {
      assert.deepEqual(encodeFrame(frame), bytes(hex));
      assert.deepEqual(read(bytes(hex)), [frame]);
    });
  }

  it('is read however the transport cuts it', () => {
    const all = Buffer.concat(FRAMES.map(([frame]) => encodeFrame(frame)));
    const expected = joined(FRAMES.map(([frame]) => frame));
    fc.assert(
      fc.property(fc.array(fc.nat(all.length), { maxLength: 20 }), (cuts) => {
        const ends = [...cuts, all.length].sort((a, b) => a - b);
        const chunks = ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(joined(read(...chunks)), expected);
      }),
      FUZZ,
    );
  });

  it('of an unknown kind is passed over', () => {
    assert.deepEqual(read(bytes('8003 00ff 00 000003 010203 80030006 00 000004 00000001')), [
      { kind: 'ping', id: 1 },
    ]);
  });

  it('of data is passed on before it is whole', () => {
    const pieces = read(bytes('00000001 01 000004 6869'), bytes('2121'));
    assert.deepEqual(pieces, [
      { kind: 'data', streamId: 1, data: Buffer.from('hi'), fin: false },
      { kind: 'data', streamId: 1, data: Buffer.from('!!'), fin: true },
    ]);
  });

  const refused: [what: string, hex: string][] = [
    ['another version', '80020006 00 000004 00000001'],
    ['a control frame longer than the bound', '80030001 00 000401'],
    ['a ping that is too long', '80030006 00 000005 0000000100'],
    ['a SYN_STREAM that is too short', '80030001 00 000009 000000010000000000'],
    ['a RST_STREAM without its status', '80030003 00 000004 00000001'],
    ['a WINDOW_UPDATE cut short', '80030009 00 000004 00000001'],
  ];
  for (const [what, hex] of refused) {
    it(`is refused when it is ${what}`, () => {
      assert.throws(() => read(bytes(hex)), { code: 'invalid' });
    });
  }

  it('made of any bytes is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        try {
          read(...chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          assert.equal(errorCode(error), 'invalid');
        }
      }),
      FUZZ,
    );
  });
});
