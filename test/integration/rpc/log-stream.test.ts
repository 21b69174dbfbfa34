import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../common/errors.ts';
import type { AgentLink } from '../../../controller/reconcile/agent-link.ts';
import { eventually } from '../../kit/eventually.ts';
import type { LogSource } from '../../kit/memory-pod-host.ts';
import {
  joinTestAgent,
  type RecordingObserver,
  startTestController,
  startTestLink,
  type TestController,
} from '../../kit/rpc-fixture.ts';

const REQUEST = { podUid: 'a', container: 'main', follow: true };

/** A controller with one connected agent that serves logs from `source`. */
async function connected(source: LogSource, options: { readonly name?: string } = {}) {
  const controller = await startTestController();
  const agent = await connectAgent(controller, source, options.name ?? 'garage-pi');
  return {
    controller,
    ...agent,
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await controller[Symbol.asyncDispose]();
    },
  };
}

async function connectAgent(controller: TestController, source: LogSource, name: string) {
  const observer = controller.observer as RecordingObserver;
  const { membership } = await joinTestAgent({
    address: controller.address,
    token: await controller.token(),
    name,
  });
  const agent = startTestLink({ membership, address: controller.address });
  agent.host.logs = source;
  const link = await eventually<AgentLink>(
    () => observer.links.find((each) => each.agent.name === name) as AgentLink,
  );
  return { link, agent, membership, observer, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

async function* chunks(count: number, size: number, onChunk: (index: number) => void = () => undefined) {
  for (let index = 0; index < count; index++) {
    onChunk(index);
    yield Buffer.alloc(size, index % 251);
  }
}

/** A source that says one line and then stays silent until it is stopped. */
function silentAfter(line: string, onStop: () => void): LogSource {
  return async (_request, signal) =>
    (async function* () {
      try {
        if (line) yield Buffer.from(line);
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      } finally {
        onStop();
      }
    })();
}

function fails(code: string, message: RegExp) {
  return (error: unknown) =>
    error instanceof LongshoreError && error.code === code && message.test(error.message)
      ? true
      : assert.fail(String(error));
}

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
    for await (const chunk of await it.link.openLogs(REQUEST, new AbortController().signal)) {
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
    const bytes = await it.link.openLogs(REQUEST, cancel.signal);
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
        it.link.openLogs(REQUEST, new AbortController().signal),
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
      for await (const chunk of await it.link.openLogs(REQUEST, new AbortController().signal))
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
    const stalled = (await it.link.openLogs(REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
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
    const other = await it.link.openLogs({ ...REQUEST, container: 'other' }, new AbortController().signal);
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
    for await (const chunk of await it.link.openLogs(REQUEST, new AbortController().signal)) {
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
    await it.link.openLogs(REQUEST, cancel.signal);
    cancel.abort();
    await eventually(() => stopped);
  });

  it('ends for its reader when the agent goes away', async () => {
    const it = await connected(silentAfter('first\n', () => undefined));
    const bytes = (await it.link.openLogs(REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
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
    const bytes = (await it.link.openLogs(REQUEST, new AbortController().signal))[Symbol.asyncIterator]();
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
      it.link.openLogs(REQUEST, new AbortController().signal),
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
          for await (const _ of await it.link.openLogs(REQUEST, new AbortController().signal)) break;
        }),
      );
    }
    await eventually(() => live === 0);
  });
});
