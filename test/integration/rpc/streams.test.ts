import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../common/errors.ts';
import { expositionText } from '../../../common/metrics/exposition.ts';
import { createRpcMetrics } from '../../../controller/metrics/rpc-metrics.ts';
import { STREAM_WINDOW_BYTES } from '../../../proto/wire.ts';
import {
  chunks,
  connected,
  fails,
  type LogSource,
  openLogs,
  REQUEST,
  silentAfter,
} from '../../kit/agent-streams.ts';
import { eventually } from '../../kit/eventually.ts';

describe("the stream of an agent's own log", () => {
  it('carries its lines, with the wish for it', async () => {
    await using world = await connected(() => assert.fail('no pod is asked for'));
    const wishes: unknown[] = [];
    world.agent.streams.agentLog = async (wish) => {
      wishes.push(wish);
      return chunks(2, 3);
    };
    const request = { agentLog: { follow: false, tailLines: 20 } };
    const { output } = await world.link.openStream(request, new AbortController().signal);
    const kinds: string[] = [];
    for await (const { kind } of output) kinds.push(kind);
    assert.deepEqual(kinds, ['data', 'data']);
    assert.deepEqual(Object(wishes[0]).tailLines, 20);
  });

  it('is refused by an agent that does not offer it, which says so', async () => {
    await using world = await connected(() => assert.fail('no pod is asked for'));
    Object.assign(world.agent.streams, { agentLog: undefined });
    await assert.rejects(
      world.link.openStream({ agentLog: { follow: false } }, new AbortController().signal),
      fails('invalid', /^this agent does not offer a log of its own$/),
    );
  });
});

describe('a log stream', () => {
  it('carries 200 MB unchanged', { timeout: 120_000 }, async () => {
    const sent = createHash('sha256');
    const source: LogSource = async () =>
      (async function* () {
        for await (const chunk of chunks(3200, 64 * 1024)) {
          sent.update(chunk);
          yield chunk;
        }
      })();
    await using it = await connected(source);
    const received = createHash('sha256');
    let bytes = 0;
    for await (const chunk of await openLogs(it.link, REQUEST, new AbortController().signal)) {
      received.update(chunk);
      bytes += chunk.length;
    }
    assert.equal(bytes, 3200 * 64 * 1024);
    assert.equal(received.digest('hex'), sent.digest('hex'));
  });

  it('is accepted before its first byte', async () => {
    let stopped = false;
    await using it = await connected(
      silentAfter('', () => {
        stopped = true;
      }),
    );
    const cancel = new AbortController();
    const bytes = await openLogs(it.link, REQUEST, cancel.signal);
    const reading = bytes[Symbol.asyncIterator]().next();
    cancel.abort();
    await assert.rejects(reading, fails('cancelled', /cancelled/));
    await eventually(() => stopped);
  });

  for (const [code, message] of [
    ['not-found', 'pod "a" not found'],
    ['invalid', 'container "main" in pod "a" is waiting to start: ContainerCreating'],
  ] as const) {
    it(`is refused with the agent's own words: ${code}`, async () => {
      await using it = await connected(async () => {
        throw new LongshoreError(code, message);
      });
      await assert.rejects(
        openLogs(it.link, REQUEST, new AbortController().signal),
        fails(code, new RegExp(`^${message.replaceAll(/[()]/g, '\\$&')}$`)),
      );
    });
  }

  it('breaks with the reason when its source fails midway', async () => {
    await using it = await connected(async () =>
      (async function* () {
        yield Buffer.from('one\n');
        throw new Error('the disk is gone');
      })(),
    );
    const lines: string[] = [];
    const reading = (async () => {
      for await (const chunk of await openLogs(it.link, REQUEST, new AbortController().signal))
        lines.push(String(chunk));
    })();
    await assert.rejects(reading, fails('unavailable', /the disk is gone/));
    assert.deepEqual(lines, ['one\n']);
  });

  it('costs bounded memory while its reader stalls, and slows its source alone', async () => {
    let produced = 0;
    const source: LogSource = async (request) =>
      request.container === 'main'
        ? chunks(100_000, 32 * 1024, (index) => {
            produced = index;
          })
        : chunks(100, 1024);
    await using it = await connected(source);
    const stalled = (await openLogs(it.link, REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
    await stalled.next();
    let before = -1;
    const settled = () => {
      const same = before === produced;
      before = produced;
      return same;
    };
    await eventually(settled, { everyMs: 300 });
    assert.ok(produced < 256, `${produced} chunks of 32 KiB were taken from the source`);

    let bytes = 0;
    const other = await openLogs(it.link, { ...REQUEST, container: 'other' }, new AbortController().signal);
    for await (const chunk of other) bytes += chunk.length;
    assert.equal(bytes, 100 * 1024);
    await stalled.return?.();
  });

  it('stops its source when the reader leaves early', async () => {
    let stopped = false;
    await using it = await connected(
      silentAfter('first\n', () => {
        stopped = true;
      }),
    );
    for await (const chunk of await openLogs(it.link, REQUEST, new AbortController().signal)) {
      assert.equal(String(chunk), 'first\n');
      break;
    }
    await eventually(() => stopped);
  });

  it('stops its source when nobody ever reads and the reader is cancelled', async () => {
    let stopped = false;
    await using it = await connected(
      silentAfter('first\n', () => {
        stopped = true;
      }),
    );
    const cancel = new AbortController();
    await openLogs(it.link, REQUEST, cancel.signal);
    cancel.abort();
    await eventually(() => stopped);
  });

  it('ends for its reader when the agent goes away', async () => {
    const it = await connected(silentAfter('first\n', () => undefined));
    const bytes = (await openLogs(it.link, REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
    await bytes.next();
    const next = assert.rejects(bytes.next(), fails('unavailable', /./));
    await it.agent[Symbol.asyncDispose]();
    await next;
    await it.controller[Symbol.asyncDispose]();
  });

  it('is cut when its agent is removed', async () => {
    let stopped = false;
    await using it = await connected(
      silentAfter('first\n', () => {
        stopped = true;
      }),
    );
    const bytes = (await openLogs(it.link, REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
    await bytes.next();
    const next = assert.rejects(bytes.next(), fails('unavailable', /the agent was removed/));
    it.link.close('the agent was removed');
    await next;
    await eventually(() => stopped);
  });

  it('is refused on a link that has ended', async () => {
    await using it = await connected(silentAfter('', () => undefined));
    it.link.close('done');
    await assert.rejects(
      openLogs(it.link, REQUEST, new AbortController().signal),
      fails('unavailable', /agent 'garage-pi' is not connected/),
    );
  });

  it('leaves nothing behind after a thousand were opened and cancelled', { timeout: 60_000 }, async () => {
    let live = 0;
    const source: LogSource = async (_request, signal) =>
      (async function* () {
        live++;
        try {
          yield Buffer.from('line\n');
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        } finally {
          live--;
        }
      })();
    await using it = await connected(source);
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for await (const _ of await openLogs(it.link, REQUEST, new AbortController().signal)) break;
        }),
      );
    }
    await eventually(() => live === 0);
  });
});

describe('hundreds of streams of one agent', () => {
  const EXEC = { podUid: 'a', container: 'main', command: ['cat'], stdin: true, stdout: true };
  const LIMIT = 500;

  it('run at once up to a bound, beyond which one is refused until another ends', async () => {
    await using it = await connected(silentAfter('line\n', () => undefined));
    it.agent.streams.exec = async (_request, input) =>
      (async function* () {
        for await (const message of input) if (message.kind === 'data') yield message;
      })();
    const leaving = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: LIMIT }, (_, index) =>
        it.link.openStream(index % 2 ? { exec: EXEC } : { logs: REQUEST }, leaving.signal),
      ),
    );
    const readers = await Promise.all(
      streams.map(async ({ output, send }, index) => {
        if (index % 2) await send({ kind: 'data', data: Buffer.from('line\n') });
        const reader = output[Symbol.asyncIterator]();
        const { value } = await reader.next();
        assert.deepEqual(value, { kind: 'data', data: Buffer.from('line\n') });
        return reader;
      }),
    );
    await assert.rejects(
      it.link.openStream({ exec: EXEC }, leaving.signal),
      fails('exhausted', /^500 streams of this agent are open already; close some or try again later$/),
    );
    await readers[0]?.return?.();
    await eventually(() => it.link.openStream({ exec: EXEC }, leaving.signal));
    leaving.abort();
    await Promise.allSettled(readers.map((reader) => reader.next()));
  });

  it('cost bounded memory while nobody reads them', { timeout: 120_000 }, async () => {
    let produced = 0;
    await using it = await connected(async () =>
      chunks(100_000, 32 * 1024, () => {
        produced++;
      }),
    );
    const leaving = new AbortController();
    const open = () => it.link.openStream({ logs: REQUEST }, leaving.signal);
    await Promise.all(Array.from({ length: LIMIT }, open));
    let before = -1;
    const settled = () => {
      const same = before === produced;
      before = produced;
      return same;
    };
    await eventually(settled, { everyMs: 500 });
    const each = (produced * 32) / LIMIT;
    const bound = STREAM_WINDOW_BYTES / 1024 + 128;
    assert.ok(each < bound, `${each} KiB are held for each`);
    leaving.abort();
  });
});

describe('what is counted of streams and sessions', () => {
  it('is each by its kind: open ones, ended ones, refused ones and what they carry', async () => {
    const metrics = createRpcMetrics();
    const has = (line: string) => {
      const all = [...expositionText(metrics.families())].join('');
      return all.includes(`\n${line}\n`) || assert.fail(`${line} is missing in\n${all}`);
    };
    const stopped = Promise.withResolvers<void>();
    const world = await connected(silentAfter('hello', stopped.resolve), { meter: metrics });
    const leave = new AbortController();
    const { output } = await world.link.openStream({ logs: REQUEST }, leave.signal);
    for await (const message of output) {
      assert.equal(message.kind, 'data');
      has('longshore_streams_open{kind="logs"} 1');
      break;
    }
    await stopped.promise;
    world.agent.streams.logs = () => Promise.reject(new LongshoreError('not-found', 'no such container'));
    await assert.rejects(world.link.openStream({ logs: REQUEST }, leave.signal), /no such container/);
    leave.abort();
    await eventually(() => has('longshore_streams_open{kind="logs"} 0'));
    has('longshore_streams_opened_total{kind="logs"} 2');
    has('longshore_streams_refused_total{kind="logs",code="not-found"} 1');
    has('longshore_stream_bytes_total{kind="logs",direction="out"} 5');
    has('longshore_sessions 1');
    has('longshore_session_messages_total{kind="hello"} 1');
    has(
      'grpc_server_handled_total{grpc_service="longshore.v1.Enrollment",grpc_method="Join",grpc_code="OK"} 1',
    );
    await world[Symbol.asyncDispose]();
    has('longshore_sessions 0');
    has('longshore_session_ends_total{code="unavailable"} 1');
    has('grpc_server_started_total{grpc_service="longshore.v1.Streams",grpc_method="Open"} 2');
    has(
      'grpc_server_handled_total{grpc_service="longshore.v1.Session",grpc_method="Connect",grpc_code="Unavailable"} 1',
    );
  });
});
