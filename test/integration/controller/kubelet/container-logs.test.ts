import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { ContainerLogsRequest } from '../../../../controller/kubelet/container-logs.ts';
import { eventually } from '../../../kit/eventually.ts';
import { dial, get, LOGS, lines, run } from '../../../kit/kubelet-server.ts';

describe('containerLogs', () => {
  it('passes the query on and the bytes back, chunked', async () => {
    const requests: ContainerLogsRequest[] = [];
    await using running = await run({
      logs: async (request) => {
        requests.push(request);
        return lines('one\n', 'two\n');
      },
    });
    const answer = await get(running, `${LOGS}?tailLines=2&timestamps=true`);
    assert.equal(answer.body, 'one\ntwo\n');
    assert.equal(answer.headers['content-type'], 'text/plain');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
    assert.deepEqual(requests, [
      {
        namespace: 'default',
        pod: 'web',
        container: 'app',
        options: { follow: false, previous: false, timestamps: true, tailLines: 2, stream: 'LOG_STREAM_ALL' },
      },
    ]);
  });

  it('asks nobody for logs when the query makes no sense', async () => {
    await using running = await run({ logs: () => assert.fail('not to be asked') });
    assert.equal((await get(running, `${LOGS}?tailLines=ten`)).status, 400);
    const invalid = await get(running, `${LOGS}?limitBytes=0`);
    assert.equal(invalid.status, 422);
    assert.match(JSON.parse(invalid.body).message, /^Invalid request: /);
  });

  const refusals = [
    ['not-found', 404, 'container "c" not found in pod "p"'],
    ['invalid', 400, 'container "c" in pod "p" is waiting to start: PodInitializing'],
    ['unavailable', 400, 'agent "garage-pi" is not connected'],
    ['internal', 500, 'internal error; the log of the controller says more'],
  ] as const;
  for (const [code, status, body] of refusals) {
    it(`answers ${status} when the source refuses with ${code}`, async () => {
      await using running = await run({ logs: () => Promise.reject(new LongshoreError(code, body)) });
      const answer = await get(running, LOGS);
      assert.deepEqual({ status: answer.status, body: answer.body }, { status, body });
    });
  }

  it('sends the headers at once under follow, and each chunk as it comes', async () => {
    const first = Promise.withResolvers<void>();
    const last = Promise.withResolvers<void>();
    await using running = await run({
      logs: async () =>
        (async function* () {
          await first.promise;
          yield Buffer.from('hello\n');
          await last.promise;
        })(),
    });
    using socket = await dial(running);
    let seen = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      seen += chunk;
    });
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await eventually(() => /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s.test(seen), { what: 'the headers' });
    first.resolve();
    await eventually(() => seen.endsWith('6\r\nhello\n\r\n'), { what: 'the chunk' });
    last.resolve();
    await eventually(() => seen.endsWith('0\r\n\r\n'), { what: 'the end' });
  });

  it('cancels at the source when the client goes away', async () => {
    const cancelled = Promise.withResolvers<void>();
    let returned = false;
    await using running = await run({
      logs: async (_, signal) =>
        (async function* () {
          try {
            yield Buffer.from('hello\n');
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          } finally {
            returned = true;
            cancelled.resolve();
          }
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await cancelled.promise;
    assert.ok(returned);
  });

  it('cancels a request that the source has not accepted yet', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    await using running = await run({
      logs: (_, signal) => {
        asked.resolve(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS} HTTP/1.1\r\nHost: node\r\n\r\n`);
    const signal = await asked.promise;
    socket.destroy();
    await eventually(() => signal.aborted, { what: 'the abort' });
  });

  it('cuts the connection when the source fails midway, so that half a log never looks whole', async () => {
    await using running = await run({
      logs: async () =>
        (async function* () {
          yield Buffer.from('half\n');
          throw new LongshoreError('unavailable', 'the agent is gone');
        })(),
    });
    await assert.rejects(get(running, LOGS), { code: 'ECONNRESET' });
  });

  it('takes no more from the source than a reader that stands still has room for', async () => {
    const chunk = Buffer.alloc(32 * 1024, 'x');
    let produced = 0;
    await using running = await run({
      logs: async () =>
        (async function* () {
          for (;;) {
            produced += chunk.length;
            yield chunk;
          }
        })(),
    });
    using socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    socket.pause();
    const quiet = await standsStill(() => produced);
    assert.ok(quiet < 24 * 1024 * 1024, `${quiet} bytes were taken for a reader that reads nothing`);
    socket.resume();
    await eventually(() => produced > quiet * 2, { what: 'the reader to be served again' });
  });

  it('answers 429 to one stream more than its bound, and has room again when one ends', async () => {
    await using running = await run({
      limits: { maxStreams: 1 },
      logs: async (_, signal) =>
        (async function* () {
          yield Buffer.from('hello\n');
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    const refused = await get(running, LOGS);
    assert.equal(refused.status, 429);
    assert.match(refused.body, /too many streams/);
    socket.destroy();
    const again = await eventually(async () => {
      using next = await dial(running);
      next.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
      const [data] = await once(next, 'data');
      return String(data).startsWith('HTTP/1.1 200');
    });
    assert.ok(again);
  });

  it('ends open streams when the server stops', async () => {
    let ended = false;
    const running = await run({
      logs: async (_, signal) =>
        (async function* () {
          try {
            yield Buffer.from('hello\n');
            await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          } finally {
            ended = true;
          }
        })(),
    });
    const socket = await dial(running);
    socket.write(`GET ${LOGS}?follow=true HTTP/1.1\r\nHost: node\r\n\r\n`);
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await running.server[Symbol.asyncDispose]();
    await closed;
    assert.ok(ended, 'the source is closed before the server says it has stopped');
    await running.server[Symbol.asyncDispose]();
  });
});

/** The value once it has not changed for half a second. */
async function standsStill(read: () => number): Promise<number> {
  let [last, since] = [read(), performance.now()];
  await eventually(() => {
    if (read() !== last || last === 0) [last, since] = [read(), performance.now()];
    return performance.now() - since > 500;
  });
  return last;
}
