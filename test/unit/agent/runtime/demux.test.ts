import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Channel,
  demultiplex,
  type Output,
  WHOLE_FRAME_BYTES,
} from '../../../../agent/runtime/demux.ts';
import { LongshoreError } from '../../../../common/errors.ts';
import { FUZZ } from '../../../kit/fuzz.ts';

const NUMBER: Record<Channel, number> = { stdin: 0, stdout: 1, stderr: 2 };

function frame(channel: Channel | number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(typeof channel === 'number' ? channel : NUMBER[channel], 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, from] of edges.slice(0, -1).entries()) yield bytes.subarray(from, edges[index + 1]);
}

async function collect(source: AsyncIterable<Output>): Promise<Output[]> {
  const outputs: Output[] = [];
  for await (const output of source) outputs.push(output);
  return outputs;
}

describe('demultiplex', () => {
  it('gives back every frame whole and in order, wherever the transport cuts', async () => {
    const channel = fc.constantFrom<Channel>('stdout', 'stderr');
    const written = fc.array(fc.tuple(channel, fc.uint8Array({ minLength: 1, maxLength: 40 })), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(written, fc.array(fc.nat(), { maxLength: 20 }), async (frames, cuts) => {
        const stream = Buffer.concat(frames.map(([name, data]) => frame(name, data)));
        assert.deepEqual(
          await collect(demultiplex(pieces(stream, cuts))),
          frames.map(([name, data]) => ({ channel: name, data: Buffer.from(data), startsFrame: true })),
        );
      }),
      FUZZ,
    );
  });

  it('gives no more than came, and fails in no way of its own, whatever comes', async () => {
    const header = fc
      .tuple(fc.nat(4), fc.oneof(fc.nat(20), fc.nat(0xffffffff)))
      .map(([channel, length]) => Buffer.from([channel, 0, 0, 0, ...uint32(length)]));
    const piece = fc.oneof(header, fc.uint8Array({ maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(piece), fc.array(fc.nat(), { maxLength: 20 }), async (came, cuts) => {
        const stream = Buffer.concat(came);
        let given = 0;
        try {
          for await (const { data } of demultiplex(pieces(stream, cuts))) given += data.length;
        } catch (error) {
          assert.ok(error instanceof LongshoreError, String(error));
        }
        assert.ok(given <= stream.length);
      }),
      FUZZ,
    );
  });

  it('passes on a frame too long to hold as it comes', async () => {
    const data = Buffer.alloc(3 * WHOLE_FRAME_BYTES, 'x');
    const stream = Buffer.concat([frame('stdout', data), frame('stderr', Buffer.from('end'))]);
    const outputs = await collect(demultiplex(pieces(stream, [5, 9, 100_000])));
    const { length } = outputs;
    assert.ok(length > 2);
    assert.deepEqual(
      outputs.map(({ startsFrame }) => startsFrame),
      [true, ...Array(length - 2).fill(false), true],
    );
    assert.equal(outputs[length - 1]?.data.toString(), 'end');
    assert.ok(Buffer.concat(outputs.slice(0, -1).map((output) => output.data)).equals(data));
  });

  it('leaves out frames with nothing in them', async () => {
    const stream = Buffer.concat([frame('stdout', Buffer.alloc(0)), frame('stdout', Buffer.from('a'))]);
    assert.equal((await collect(demultiplex(pieces(stream, [])))).length, 1);
  });

  it('gives what there is of a frame that was cut off', async () => {
    const stream = frame('stdout', Buffer.from('abcdef')).subarray(0, 11);
    assert.deepEqual((await collect(demultiplex(pieces(stream, []))))[0]?.data.toString(), 'abc');
    assert.deepEqual(await collect(demultiplex(pieces(stream.subarray(0, 5), []))), []);
  });

  it('refuses what is no such stream', async () => {
    await assert.rejects(
      collect(demultiplex(pieces(Buffer.from('plain text of a terminal'), []))),
      /out of step/,
    );
  });

  it("ends with the engine's own error", async () => {
    const stream = Buffer.concat([frame('stdout', Buffer.from('a')), frame(3, Buffer.from('disk on fire'))]);
    const outputs = demultiplex(pieces(stream, []));
    assert.equal((await outputs.next()).value?.data.toString(), 'a');
    await assert.rejects(outputs.next(), /Docker broke the stream off: disk on fire/);
  });

  it('reads on only when its reader does', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (; ; read++) yield frame('stdout', Buffer.from('line\n'));
    }
    const outputs = demultiplex(endless());
    for (let index = 0; index < 3; index++) await outputs.next();
    assert.ok(read <= 3);
    await outputs.return(undefined);
  });
});
