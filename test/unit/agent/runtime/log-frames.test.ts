import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLogFrames } from '../../../../agent/runtime/log-frames.ts';
import { cutAnywhere } from '../../../kit/cut-anywhere.ts';
import { FUZZ } from '../../../kit/fuzz.ts';

const [OUT, ERR] = [1, 2];

function frame(channel: number, data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  const header = Buffer.from([channel, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

function read(pieces: Iterable<Buffer>, timestamps = false) {
  const frames = createLogFrames(timestamps);
  const log: Buffer[] = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    log.push(bytes.subarray(0, frames.read(bytes)));
  }
  return { log: Buffer.concat(log), failure: frames.failure?.message };
}

describe('the frames of a log', () => {
  it('hold what was written to both channels, in order, wherever the transport cuts', () => {
    const written = fc.array(fc.tuple(fc.constantFrom(OUT, ERR), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(written, fc.array(fc.nat(), { maxLength: 20 }), (frames, cuts) => {
        const stream = Buffer.concat(frames.map(([channel, data]) => frame(channel, data)));
        const log = Buffer.concat(frames.map(([, data]) => data));
        assert.deepEqual(read(cutAnywhere(stream, cuts)), { log, failure: undefined });
      }),
      FUZZ,
    );
  });

  it('repeat the time of a line that comes in pieces, which is told once', () => {
    const frames = [
      ...[frame(OUT, '1Z long'), frame(ERR, '2Z err '), frame(OUT, '3Z  line'), frame(OUT, '4Z \n')],
      ...[frame(ERR, '5Z or\n'), frame(OUT, '6Z next\n')],
    ];
    const expected = '1Z long2Z err  line\nor\n6Z next\n';
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        const { log } = read(cutAnywhere(Buffer.concat(frames), cuts), true);
        assert.equal(log.toString(), expected);
      }),
      FUZZ,
    );
    const whole = ['1Z long2Z err 3Z  line4Z \n5Z or\n6Z next\n'];
    assert.deepEqual([read(frames).log.toString()], whole);
  });

  it('end with what is there of a frame that never came whole', () => {
    const { log, failure } = read([frame(OUT, 'one\n'), frame(OUT, 'two\n').subarray(0, 10)]);
    assert.deepEqual({ log: log.toString(), failure }, { log: 'one\ntw', failure: undefined });
  });

  it('end with the engine’s own words, also where the transport cuts its header', () => {
    const stream = Buffer.concat([frame(OUT, 'one\n'), frame(3, 'disk is gone\n'), frame(OUT, 'two\n')]);
    for (const pieces of [[stream], [stream.subarray(0, 15), stream.subarray(15)]]) {
      const { log, failure } = read(pieces);
      assert.equal(log.toString(), 'one\n');
      assert.equal(failure, 'Docker broke the stream off: disk is gone');
    }
  });

  it('are known from what is none, of which nothing is taken', () => {
    const { log, failure } = read([frame(OUT, 'one\n'), Buffer.from('two\nthree\n'), frame(OUT, 'four\n')]);
    assert.equal(log.toString(), 'one\n');
    assert.match(failure ?? '', /out of step/);
  });
});
