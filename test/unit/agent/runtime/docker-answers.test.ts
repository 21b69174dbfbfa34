// Answers of a Docker that sends what the test says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createDockerAnswers } from '../../../../agent/runtime/docker-answers.ts';
import type { DockerCall } from '../../../../agent/runtime/docker-calls.ts';
import { eventually } from '../../../kit/eventually.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const PATH = '/containers/0123abcd/logs?follow=true';

/** `serve`: what it does with each connection, once it has been asked. */
async function aDocker(t: TestContext, serve: (socket: Socket, request: string) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-docker-'));
  const path = join(folder, 'docker.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => serve(socket, request.toString()));
  }).listen(path);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  const calls: Omit<DockerCall, 'durationMs'>[] = [];
  const ask = createDockerAnswers(path, ({ operation, result }) => calls.push({ operation, result }));
  return { ask, calls };
}

async function textOf(answer: AsyncIterable<Buffer>): Promise<string> {
  const bytes: Buffer[] = [];
  for await (const chunk of answer) bytes.push(chunk);
  return Buffer.concat(bytes).toString();
}

const { signal } = new AbortController();

describe('a long answer of Docker', () => {
  it('is asked for, read to its end and counted', async (t) => {
    const requests: string[] = [];
    const { ask, calls } = await aDocker(t, (socket, request) => {
      requests.push(request);
      socket.end(`${HEAD}3\r\none\r\n4\r\n two\r\n0\r\n\r\n`);
    });
    const answer = await ask(PATH, signal);
    assert.equal(answer.status, 200);
    assert.equal(await textOf(answer), 'one two');
    assert.match(requests[0] ?? '', /^GET \/containers\/0123abcd\/logs\?follow=true HTTP\/1\.1\r\nHost: /);
    assert.deepEqual(calls, [{ operation: 'containers/logs', result: 'ok' }]);
  });

  it('may be a refusal', async (t) => {
    const { ask, calls } = await aDocker(t, (socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone'),
    );
    const answer = await ask(PATH, signal);
    assert.equal(answer.status, 404);
    assert.equal(await textOf(answer), 'none');
    assert.deepEqual(calls, [{ operation: 'containers/logs', result: 'refused' }]);
  });

  it('gives what came before it was broken off, and then says so', async (t) => {
    const { ask } = await aDocker(t, (socket) => socket.end(`${HEAD}3\r\none\r\n4\r\n t`));
    const answer = (await ask(PATH, signal))[Symbol.asyncIterator]();
    let text = '';
    await assert.rejects(
      async () => {
        for (let next = await answer.next(); !next.done; next = await answer.next()) text += next.value;
      },
      { code: 'unavailable' },
    );
    assert.equal(text, 'one t');
  });

  it('fails where there is none: nobody listens, nothing comes, or no HTTP', async (t) => {
    const nobody = createDockerAnswers('/nowhere/docker.sock', () => undefined);
    await assert.rejects(nobody(PATH, signal), { code: 'ENOENT' });
    const nothing = await aDocker(t, (socket) => socket.end());
    await assert.rejects(nothing.ask(PATH, signal), { code: 'unavailable' });
    const noise = await aDocker(t, (socket) => socket.end('220 ready\r\n\r\n'));
    await assert.rejects(noise.ask(PATH, signal), { code: 'internal' });
    assert.deepEqual(noise.calls, [{ operation: 'containers/logs', result: 'failed' }]);
  });

  it('is broken off by an abort, before it begins and after', async (t) => {
    const left = new Set<Socket>();
    const { ask } = await aDocker(t, (socket, request) => {
      left.add(socket);
      socket.on('close', () => left.delete(socket));
      if (request.includes('begins')) socket.write(`${HEAD}3\r\none\r\n`);
    });
    const early = new AbortController();
    const unanswered = ask('/containers/a/logs', early.signal);
    await eventually(() => left.size === 1);
    early.abort();
    await assert.rejects(unanswered, { name: 'AbortError' });
    const late = new AbortController();
    const answer = await ask('/containers/a/logs?begins', late.signal);
    await assert.rejects(
      async () => {
        for await (const _ of answer) late.abort();
      },
      { name: 'AbortError' },
    );
    await eventually(() => left.size === 0);
  });

  it('holds back a Docker whose answer is read slowly, alone, and loses nothing', async (t) => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const chunks = 100;
    const sent = new Map<string, Socket>();
    const { ask } = await aDocker(t, (socket, request) => {
      sent.set(request.split(' ')[1] ?? '', socket);
      socket.write(HEAD);
      for (let count = 0; count < chunks; count++) socket.write(chunk);
      socket.end('0\r\n\r\n');
    });
    const slow = await ask('/slow', signal);
    const fast = await ask('/fast', signal);
    assert.equal((await textOf(fast)).length, chunks * 65_536);
    await slow.filled();
    // All but what the kernel holds and is kept is still to be sent.
    assert.ok((sent.get('/slow')?.writableLength ?? 0) > (chunks - 20) * 65_536);
    assert.equal((await textOf(slow)).length, chunks * 65_536);
  });

  it('is given at once where somebody waits for it, and put together where nobody does', async (t) => {
    const sockets: Socket[] = [];
    const { ask } = await aDocker(t, (socket) => {
      sockets.push(socket);
      socket.setNoDelay(true).write(`${HEAD}3\r\none\r\n`);
    });
    const answer = await ask(PATH, signal);
    const bytes = answer[Symbol.asyncIterator]();
    assert.equal(String((await bytes.next()).value), 'one');
    for (let count = 0; count < 100; count++) {
      sockets[0]?.write(`400\r\n${'x'.repeat(1024)}\r\n`);
      await setImmediate();
    }
    sockets[0]?.end('0\r\n\r\n');
    await answer.filled();
    const lengths: number[] = [];
    for await (const { length } of { [Symbol.asyncIterator]: () => bytes }) lengths.push(length);
    assert.equal(
      lengths.reduce((sum, length) => sum + length, 0),
      102_400,
    );
    assert.ok(lengths.length <= 4, `${lengths}`);
  });
});
