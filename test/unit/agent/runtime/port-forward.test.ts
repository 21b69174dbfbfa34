import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { dialLoopback } from '../../../../agent/network/loopback.ts';
import { openPortForward } from '../../../../agent/runtime/port-forward.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { MAX_FRAME_BYTES } from '../../../../proto/wire.ts';
import { eventually } from '../../../kit/eventually.ts';
import { createInput } from '../../../kit/stream-input.ts';

/** A server on this machine that does this with its one connection, and both ends of what the client makes of that. */
async function scenario(serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gone = new AbortController();
  const input = createInput();
  const dialled = await dialLoopback(port);
  assert.ok(dialled.kind === 'connected');
  const { socket } = dialled;
  const output = await openPortForward(async () => socket, input.messages, gone.signal);
  return { input, output, gone, socket, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function all(output: AsyncIterable<StreamOutput>): Promise<string[]> {
  const told: string[] = [];
  for await (const message of output)
    told.push(message.kind === 'data' ? String(message.data) : message.kind);
  return told;
}

describe('a forwarded connection', () => {
  it('takes what the client still sends when the server has ended its half', async () => {
    const heard = Promise.withResolvers<string>();
    await using forwarded = await scenario((socket) => {
      socket.end('first');
      heard.resolve(text(socket));
    });
    const messages = forwarded.output[Symbol.asyncIterator]();
    assert.deepEqual((await messages.next()).value, { kind: 'data', data: Buffer.from('first') });
    assert.deepEqual((await messages.next()).value, { kind: 'eof' });
    forwarded.input.send({ kind: 'data', data: Buffer.from('and last') });
    forwarded.input.send({ kind: 'eof' });
    assert.equal((await messages.next()).done, true);
    assert.equal(await heard.promise, 'and last');
  });

  it('gives all the server says after the client has ended its half', async () => {
    await using forwarded = await scenario(async (socket) => socket.end(`heard ${await text(socket)}`));
    forwarded.input.send({ kind: 'data', data: Buffer.from('this') });
    forwarded.input.send({ kind: 'eof' });
    assert.deepEqual(await all(forwarded.output), ['heard this', 'eof']);
  });

  it('is read in larger pieces by whoever reads it slowly, of a frame at most', async () => {
    const sent = Buffer.alloc(2 ** 20, 'abcdefg');
    await using forwarded = await scenario((socket) => socket.end(sent));
    const received: Buffer[] = [];
    forwarded.input.send({ kind: 'eof' });
    for await (const message of forwarded.output) {
      if (message.kind === 'data') received.push(message.data);
      const { socket } = forwarded;
      await eventually(() => socket.isPaused() || socket.readableEnded, { what: 'more than is taken ahead' });
    }
    assert.ok(Buffer.concat(received).equals(sent));
    const lengths = received.map(({ length }) => length);
    // The first was taken as soon as it came, the last is what was left.
    assert.ok(Math.max(...lengths) > 64 * 1024 && Math.max(...lengths) <= MAX_FRAME_BYTES, String(lengths));
  });

  it('gives what the server said before it reset it, and no end', async () => {
    await using forwarded = await scenario((socket) => {
      socket.write('said');
      socket.on('data', () => socket.resetAndDestroy());
    });
    const { output, input, socket } = forwarded;
    const messages = output[Symbol.asyncIterator]();
    const first = messages.next();
    assert.deepEqual((await first).value, { kind: 'data', data: Buffer.from('said') });
    input.send({ kind: 'data', data: Buffer.from('reset') });
    await eventually(() => socket.destroyed, { what: 'the reset' });
    assert.equal((await messages.next()).done, true);
  });

  it('is over when the server resets it', async () => {
    await using forwarded = await scenario((socket) => socket.on('data', () => socket.resetAndDestroy()));
    forwarded.input.send({ kind: 'data', data: Buffer.from('no') });
    assert.deepEqual(await all(forwarded.output), []);
  });

  it('is given up when the client is gone before it is made', async () => {
    const gone = new AbortController();
    const made = Promise.withResolvers<Socket>();
    const opening = openPortForward(() => made.promise, createInput().messages, gone.signal);
    gone.abort(new Error('the client is gone'));
    await assert.rejects(opening, /the client is gone/);
    const late = new Socket();
    made.resolve(late);
    await new Promise(setImmediate);
    assert.equal(late.destroyed, true);
  });

  it('is closed when the client is gone, whoever reads', async () => {
    const closed = Promise.withResolvers<void>();
    await using forwarded = await scenario((socket) => {
      socket.on('error', () => undefined);
      socket.on('close', () => closed.resolve());
      socket.resume().on('end', () => socket.end());
    });
    forwarded.gone.abort();
    forwarded.input.end();
    await closed.promise;
    assert.deepEqual(await all(forwarded.output), []);
  });
});
