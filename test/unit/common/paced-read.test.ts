import assert from 'node:assert/strict';
import { Duplex, PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { readPaced } from '../../../common/paced-read.ts';
import { eventually } from '../../kit/eventually.ts';

function source(ahead?: number) {
  const stream = new PassThrough({ objectMode: true });
  return { stream, reader: readPaced<number>(stream, ahead) };
}

describe('reading at the reader’s pace', () => {
  it('takes so many ahead and no more, and goes on when they are taken', async () => {
    const { stream, reader } = source(3);
    for (let item = 1; item <= 5; item++) stream.write(item);
    await eventually(() => stream.isPaused(), { what: 'the pause' });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => reader.ready()),
      [1, 2, 3, undefined],
    );
    assert.deepEqual([await reader.next(), await reader.next()], [4, 5]);
    stream.end();
    assert.equal(await reader.next(), undefined);
    assert.equal(reader.ready(), undefined);
  });

  it('gives what came before the stream failed, then the failure', async () => {
    const { stream, reader } = source();
    stream.write(1);
    await eventually(() => stream.readableDidRead, { what: 'the first item' });
    stream.destroy(new Error('reset'));
    await eventually(() => stream.closed, { what: 'the end' });
    assert.equal(await reader.next(), 1);
    await assert.rejects(reader.next(), /reset/);
    await assert.rejects(reader.next(), /reset/);
  });

  it('gives nothing more once it is broken off', async () => {
    const { stream, reader } = source();
    stream.write(1);
    await eventually(() => stream.readableDidRead, { what: 'the first item' });
    reader.breakOff(new Error('cancelled'));
    assert.equal(reader.ready(), undefined);
    await assert.rejects(reader.next(), /cancelled/);
    stream.write(2);
    await new Promise(setImmediate);
    reader.breakOff(new Error('again'));
    await assert.rejects(reader.next(), /cancelled/);
  });

  it('hears of an end that came before it, of a connection that stays open for the other half', async () => {
    const stream = new Duplex({ read() {}, allowHalfOpen: true });
    stream.resume().push(null);
    await eventually(() => stream.readableEnded, { what: 'the end' });
    assert.equal(stream.closed, false);
    assert.equal(await readPaced(stream).next(), undefined);
  });

  it('reads what was paused before, and hears of an end that was there already', async () => {
    const stream = new PassThrough({ objectMode: true });
    stream.pause();
    stream.end(1);
    const reader = readPaced<number>(stream);
    assert.deepEqual([await reader.next(), await reader.next()], [1, undefined]);
    await eventually(() => stream.closed, { what: 'the end' });
    assert.equal(await readPaced<number>(stream).next(), undefined);
    const broken = new PassThrough({ objectMode: true });
    broken.on('error', () => undefined).destroy(new Error('reset'));
    await eventually(() => broken.closed, { what: 'the end' });
    await assert.rejects(readPaced<number>(broken).next(), /reset/);
  });

  it('wakes who waits when it is broken off', async () => {
    const { reader } = source();
    const waiting = reader.next();
    reader.breakOff(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
  });
});
