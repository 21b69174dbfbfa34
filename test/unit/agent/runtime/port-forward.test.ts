import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { dialLoopback } from '../../../../agent/network/loopback.ts';
import { openPortForward } from '../../../../agent/runtime/port-forward.ts';
import type { StreamOutput } from '../../../../common/stream-message.ts';
import { createInput } from '../../../kit/stream-input.ts';

/** A server on this machine that does this with its one connection, and the client's end of that. */
async function scenario(serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const gone = new AbortController();
  const input = createInput();
  const dial = async () => {
    const dialled = await dialLoopback(port);
    assert.ok(dialled.kind === 'connected');
    return dialled.socket;
  };
  const output = await openPortForward(dial, input.messages, gone.signal);
  return { input, output, gone, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
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
