import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../../../../../common/errors.ts';
import type { Frame } from '../../../../../controller/kubelet/stream/spdy-frame.ts';
import {
  type AcceptStream,
  runSpdySession,
  SPDY_LIMITS,
  type SpdyLimits,
  type SpdyStream,
} from '../../../../../controller/kubelet/stream/spdy-session.ts';
import { eventually } from '../../../../kit/eventually.ts';
import { FUZZ } from '../../../../kit/fuzz.ts';
import { ManualClock } from '../../../../kit/manual-clock.ts';
import { SpdyClient } from '../../../../kit/spdy-client.ts';

function session(accept: AcceptStream, limits: Partial<SpdyLimits> = {}) {
  const [near, far] = duplexPair();
  const failures: unknown[] = [];
  const clock = new ManualClock();
  const options = { clock, limits: { ...SPDY_LIMITS, ...limits } };
  const over = runSpdySession(far, accept, options).catch((error) => failures.push(error));
  const client = new SpdyClient(near);
  return {
    client,
    clock,
    over,
    failures,
    async [Symbol.asyncDispose]() {
      client.close();
      await over;
    },
  };
}

/** Sends back what it gets, and ends when the client does. */
const echo: AcceptStream = (stream) => {
  void (async () => {
    try {
      for await (const data of stream.input) await stream.write(data);
      await stream.end();
    } catch {
      // Reset.
    }
  })();
  return undefined;
};

/** Keeps the streams for the test to use. */
function collecting() {
  const streams: SpdyStream[] = [];
  const accept: AcceptStream = (stream) => {
    streams.push(stream);
    return undefined;
  };
  return { streams, accept };
}

function windowOpened({ frames }: SpdyClient, streamId: number): number {
  return frames.reduce(
    (sum, frame) => (frame.kind === 'window-update' && frame.streamId === streamId ? sum + frame.delta : sum),
    0,
  );
}

describe('a SPDY session', () => {
  it('answers a stream before any data of it', async () => {
    await using it = session((stream) => {
      void stream.write(Buffer.from('at once')).then(() => stream.end());
      return undefined;
    });
    const stream = await it.client.open({ streamtype: 'stdout' });
    await eventually(() => stream.finished, { everyMs: 2 });
    assert.equal(stream.output.toString(), 'at once');
  });

  it('carries megabytes both ways to a client that never opens a window', async () => {
    await using it = session(echo);
    const stream = await it.client.openReplied({});
    const sent = randomBytes(3 * 1024 * 1024);
    for (let offset = 0; offset < sent.length; offset += 32 * 1024)
      await stream.write(sent.subarray(offset, offset + 32 * 1024));
    stream.end();
    await eventually(() => stream.finished, { everyMs: 2 });
    const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    assert.equal(digest(stream.output), digest(sent));
  });

  it('opens its own windows as it reads, for a client that waits for that', async () => {
    await using it = session(echo);
    const stream = await it.client.openReplied({});
    await stream.write(Buffer.alloc(64 * 1024));
    const opened = (streamId: number) => windowOpened(it.client, streamId);
    await eventually(() => opened(0) === 64 * 1024 && opened(stream.id) === 64 * 1024, { everyMs: 2 });
  });

  it('opens the window of all streams for what comes, so that one that is not read holds up no other', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept);
    const stalled = await it.client.openReplied({});
    await stalled.write(Buffer.alloc(64 * 1024));
    const opened = (streamId: number) => windowOpened(it.client, streamId);
    await eventually(() => opened(0) === 64 * 1024, { everyMs: 2 });
    assert.equal(opened(stalled.id), 0);
    streams[0]?.ignoreInput();
    await eventually(() => opened(stalled.id) === 64 * 1024, { everyMs: 2 });
  });

  it('sends no more on a stream than a client that keeps to windows has let it', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept);
    it.client.send({ kind: 'settings', initialWindow: 100 });
    it.client.send({ kind: 'window-update', streamId: 0, delta: 1000 });
    const [first, second] = [await it.client.openReplied({}), await it.client.openReplied({})];
    const writing = streams[0]?.write(Buffer.alloc(500, 'x')).then(() => streams[0]?.end());
    await streams[1]?.write(Buffer.alloc(100, 'y'));
    await eventually(() => first.output.length === 100 && second.output.length === 100, { everyMs: 2 });
    it.client.send({ kind: 'window-update', streamId: first.id, delta: 250 });
    await eventually(() => first.output.length === 350, { everyMs: 2 });
    // What it takes back counts too.
    it.client.send({ kind: 'settings', initialWindow: 50 });
    it.client.send({ kind: 'window-update', streamId: first.id, delta: 50 });
    it.client.send({ kind: 'ping', id: 1 });
    await eventually(() => it.client.frames.some(({ kind }) => kind === 'ping'), { everyMs: 2 });
    assert.equal(first.output.length, 350);
    it.client.send({ kind: 'window-update', streamId: first.id, delta: 150 });
    await eventually(() => first.finished, { everyMs: 2 });
    assert.equal(first.output.length, 500);
    await writing;
  });

  it('lets no writer wait for the window of a stream that is reset', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept);
    it.client.send({ kind: 'settings', initialWindow: 10 });
    const stream = await it.client.openReplied({});
    const writing = streams[0]?.write(Buffer.alloc(20));
    await eventually(() => stream.output.length === 10, { everyMs: 2 });
    stream.reset();
    await writing;
  });

  it('lets nobody wait for a window who writes after the end', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept);
    it.client.send({ kind: 'settings', initialWindow: 0 });
    const stream = await it.client.openReplied({});
    await streams[0]?.end();
    await streams[0]?.write(Buffer.from('too late'));
    await eventually(() => stream.finished, { everyMs: 2 });
    assert.equal(stream.output.length, 0);
  });

  it('reads a client no further while too much waits for its reader, and then goes on', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept, { maxBufferedBytes: 256 * 1024 });
    const stream = await it.client.openReplied({});
    let taken = 0;
    const total = 4 * 1024 * 1024;
    const writing = (async () => {
      for (let sent = 0; sent < total; sent += 32 * 1024) {
        await stream.write(Buffer.alloc(32 * 1024));
        taken = sent + 32 * 1024;
      }
      stream.end();
    })();
    let before = -1;
    await eventually(
      () => {
        const still = taken === before;
        before = taken;
        return taken > 0 && still;
      },
      { everyMs: 100 },
    );
    assert.ok(taken < 1024 * 1024, `${taken} bytes were taken from a client whose reader reads nothing`);
    let read = 0;
    for await (const data of streams[0]?.input ?? []) read += data.length;
    await writing;
    assert.equal(read, total);
  });

  it('writes now and then to a client that it does not read, to find out whether it is there', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept, { maxBufferedBytes: 1000 });
    const stream = await it.client.openReplied({});
    void stream.write(Buffer.alloc(2000));
    await eventually(() => it.clock.sleepers === 1, { everyMs: 2 });
    const pings = () => it.client.frames.filter(({ kind }) => kind === 'ping').length;
    assert.equal(pings(), 0);
    await it.clock.advance(5_000);
    await it.clock.advance(5_000);
    await eventually(() => pings() === 2, { everyMs: 2 });
    streams[0]?.ignoreInput();
    await eventually(() => it.clock.sleepers === 0, { everyMs: 2 });
  });

  it('is held back by many small pieces as by few large ones', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept, { maxBufferedChunks: 100 });
    const stream = await it.client.openReplied({});
    for (let count = 0; count < 50_000; count++) void stream.write('x');
    const other = it.client.open({});
    let read = 0;
    await eventually(() => streams.length === 1, { everyMs: 2 });
    for await (const data of streams[0]?.input ?? []) {
      read += data.length;
      if (read === 50_000) break;
    }
    await eventually(async () => (await other).replied, { everyMs: 2 });
  });

  it('drops what nobody wants, without being held back by it', async () => {
    await using it = session((stream) => {
      stream.ignoreInput();
      return undefined;
    });
    const stream = await it.client.openReplied({});
    for (let count = 0; count < 100; count++) await stream.write(Buffer.alloc(64 * 1024));
    await it.client.openReplied({});
  });

  it('answers pings, but not what looks like an answer', async () => {
    await using it = session(echo);
    it.client.send({ kind: 'ping', id: 2 });
    it.client.send({ kind: 'ping', id: 7 });
    await eventually(() => it.client.frames.length > 0, { everyMs: 2 });
    assert.deepEqual(it.client.frames, [{ kind: 'ping', id: 7 }]);
  });

  it('passes settings, windows, goodbyes and later headers over', async () => {
    await using it = session(echo);
    const stream = await it.client.openReplied({});
    it.client.send({ kind: 'settings' });
    it.client.send({ kind: 'window-update', streamId: stream.id, delta: 1 });
    const headerBlock = await it.client.headerBlock({ more: 'headers' });
    it.client.send({ kind: 'headers', streamId: stream.id, headerBlock, fin: false });
    it.client.send({ kind: 'go-away', lastStreamId: 0, status: 0 });
    await stream.write('still here');
    stream.end();
    await eventually(() => stream.finished, { everyMs: 2 });
    assert.equal(stream.output.toString(), 'still here');
  });

  it('fails the reader of a stream that is reset, and no other', async () => {
    const { streams, accept } = collecting();
    await using it = session(accept);
    const [reset, other] = [await it.client.openReplied({}), await it.client.openReplied({})];
    const reading = streams[0]?.input[Symbol.asyncIterator]().next();
    reset.reset();
    await assert.rejects(async () => await reading, { code: 'cancelled' });
    assert.equal(streams[0]?.closed.aborted, true);
    await streams[0]?.write(Buffer.from('into nothing'));
    await streams[1]?.write(Buffer.from('well'));
    await eventually(() => other.output.toString() === 'well', { everyMs: 2 });
    assert.equal(reset.output.length, 0);
  });

  it('refuses streams beyond its bound, and accepts again when others have ended', async () => {
    await using it = session(echo, { maxStreams: 2 });
    const first = await it.client.openReplied({});
    await it.client.openReplied({});
    const third = await it.client.open({});
    await eventually(() => third.resetWith === 3, { everyMs: 2 });
    first.end();
    await eventually(() => first.finished, { everyMs: 2 });
    await it.client.openReplied({});
  });

  it('refuses what it is told to refuse', async () => {
    await using it = session(() => 'not this one');
    const stream = await it.client.open({});
    await eventually(() => stream.resetWith === 3, { everyMs: 2 });
    assert.equal(stream.replied, false);
  });

  it('resets a stream that goes on after its end, or was never opened', async () => {
    await using it = session(() => undefined);
    const stream = await it.client.openReplied({});
    stream.end();
    await stream.write('more');
    await eventually(() => stream.resetWith === 9, { everyMs: 2 });
    it.client.send({ kind: 'data', streamId: 99, data: Buffer.from('x'), fin: false });
    await eventually(
      () => it.client.frames.some((frame) => frame.kind === 'rst-stream' && frame.status === 2),
      {
        everyMs: 2,
      },
    );
  });

  it('fails every reader when the connection breaks', async () => {
    const { streams, accept } = collecting();
    const it = session(accept);
    await it.client.openReplied({});
    const reading = streams[0]?.input[Symbol.asyncIterator]().next();
    it.client.close();
    await assert.rejects(async () => await reading, { code: 'cancelled', message: /closed the connection/ });
    await it.over;
    assert.deepEqual(it.failures, []);
  });

  it('does not let a writer wait for a client that is gone', async () => {
    const { streams, accept } = collecting();
    const it = session(accept);
    await it.client.openReplied({});
    const writing = Promise.all(
      Array.from({ length: 100 }, () => streams[0]?.write(Buffer.alloc(64 * 1024))),
    );
    it.client.close();
    await writing;
    await it.over;
  });

  const malformed: [what: string, send: (client: SpdyClient) => void | Promise<void>][] = [
    [
      'speaks another protocol',
      (client) => client.raw(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padEnd(9, '\xff'), 'latin1').fill(0xff)),
    ],
    ['sends headers that do not inflate', (client) => client.send(synStream(1, Buffer.from('garbage')))],
    ['opens a stream with an even id', async (client) => void (await client.open({}, { id: 2 }))],
    [
      'opens the same stream twice',
      async (client) => {
        await client.open({}, { id: 5 });
        await client.open({}, { id: 5 });
      },
    ],
    [
      'answers what nobody asked',
      (client) => client.send({ kind: 'syn-reply', streamId: 2, headerBlock: Buffer.alloc(0) }),
    ],
  ];
  for (const [what, send] of malformed) {
    it(`is over for a client that ${what}`, async () => {
      const it = session(echo);
      await send(it.client);
      await it.over;
      assert.deepEqual(it.failures.map(errorCode), ['invalid']);
      await eventually(() => it.client.closed, { everyMs: 2 });
    });
  }

  it('survives any order of frames', async () => {
    const id = fc.constantFrom(0, 1, 2, 3, 5, 7, 0x7fff_ffff);
    const data = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    const frame: fc.Arbitrary<Frame | 'open'> = fc.oneof(
      fc.constant('open' as const),
      fc.record({ kind: fc.constant('data' as const), streamId: id, data, fin: fc.boolean() }),
      fc.record({ kind: fc.constant('rst-stream' as const), streamId: id, status: fc.nat(20) }),
      fc.record({ kind: fc.constant('ping' as const), id: fc.nat(9) }),
      fc.record({ kind: fc.constant('window-update' as const), streamId: id, delta: fc.nat(99) }),
      fc.record({ kind: fc.constant('go-away' as const), lastStreamId: id, status: fc.nat(3) }),
      fc.record({
        kind: fc.constant('headers' as const),
        streamId: id,
        headerBlock: data,
        fin: fc.boolean(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
        const it = session(echo, { maxStreams: 4, maxBufferedBytes: 100 });
        for (const each of frames) {
          if (each === 'open') await it.client.open({ streamtype: 'data' });
          else it.client.send(each);
        }
        it.client.close();
        await it.over;
        for (const failure of it.failures) assert.equal(errorCode(failure), 'invalid');
      }),
      FUZZ,
    );
  });
});

function synStream(streamId: number, headerBlock: Buffer): Frame {
  return { kind: 'syn-stream', streamId, headerBlock, fin: false, unidirectional: false };
}
