import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { StreamHost } from '../../../agent/link/stream-host.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { chunks, connected, fails } from '../../kit/agent-streams.ts';
import { eventually } from '../../kit/eventually.ts';

describe('a command stream', () => {
  const EXEC = { podUid: 'a', container: 'main', command: ['cat'], stdin: true, stdout: true };
  const forever = () => new AbortController().signal;

  async function commandAgent(run: StreamHost['exec']) {
    const it = await connected(async () => (async function* () {})());
    it.agent.streams.exec = run;
    return it;
  }

  /** Sends back what it gets, then says which exit code the command had. */
  const echo: StreamHost['exec'] = async (_request, input) =>
    (async function* () {
      for await (const message of input) {
        if (message.kind === 'data') yield message;
        if (message.kind === 'resize')
          yield { kind: 'stderr', data: Buffer.from(JSON.stringify(message.size)) };
        if (message.kind === 'eof') break;
      }
      yield { kind: 'exit', code: 7 };
    })();

  it('carries 50 MB both ways at once, unchanged, and the exit code', { timeout: 120_000 }, async () => {
    await using it = await commandAgent(echo);
    const stream = await it.link.openStream({ exec: EXEC }, forever());
    const [sent, received] = [createHash('sha256'), createHash('sha256')];
    const sending = (async () => {
      for await (const data of chunks(500, 100_000)) {
        sent.update(data);
        await stream.send({ kind: 'data', data });
      }
      await stream.send({ kind: 'eof' });
    })();
    let code: number | undefined;
    for await (const message of stream.output) {
      if (message.kind === 'data') received.update(message.data);
      if (message.kind === 'exit') code = message.code;
    }
    await sending;
    assert.equal(received.digest('hex'), sent.digest('hex'));
    assert.equal(code, 7);
  });

  it('refuses an exit code that no process has', async () => {
    await using it = await commandAgent(async () =>
      (async function* () {
        yield { kind: 'exit', code: 256 };
      })(),
    );
    const stream = await it.link.openStream({ exec: EXEC }, forever());
    const reading = (async () => {
      for await (const _ of stream.output);
    })();
    await assert.rejects(reading, fails('invalid', /256 is no exit code/));
  });

  it('carries the beginning, the size of the terminal and both outputs', async () => {
    await using it = await commandAgent(echo);
    const stream = await it.link.openStream({ exec: EXEC }, forever());
    await stream.send({ kind: 'begin' });
    await stream.send({ kind: 'resize', size: { width: 100, height: 30 } });
    await stream.send({ kind: 'data', data: Buffer.from('hello') });
    await stream.send({ kind: 'eof' });
    const seen: string[] = [];
    for await (const message of stream.output) {
      seen.push('data' in message ? `${message.kind} ${message.data}` : message.kind);
    }
    assert.deepEqual(seen, ['stderr {"width":100,"height":30}', 'data hello', 'exit']);
  });

  it('costs bounded memory while the command reads nothing, and can be cancelled even so', async () => {
    let stopped = false;
    await using it = await commandAgent(async (_request, _input, signal) =>
      (async function* () {
        signal.addEventListener('abort', () => {
          stopped = true;
        });
        yield { kind: 'data' as const, data: Buffer.from('started') };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      })(),
    );
    const cancel = new AbortController();
    const stream = await it.link.openStream({ exec: EXEC }, cancel.signal);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 10_000 && !cancel.signal.aborted; sent++)
        await stream.send({ kind: 'data', data: Buffer.alloc(32 * 1024) });
    })();
    let before = -1;
    await eventually(
      () => {
        const still = sent === before;
        before = sent;
        return sent > 0 && still;
      },
      { everyMs: 300 },
    );
    assert.ok(sent < 128, `${sent} frames of 32 KiB were taken for a command that reads none`);
    cancel.abort();
    await sending;
    await eventually(() => stopped, { what: 'the end of the source' });
  });

  it('fails with the reason when the agent cannot tell how it ended', async () => {
    await using it = await commandAgent(async () =>
      (async function* () {
        yield { kind: 'data' as const, data: Buffer.from('half') };
        throw new LongshoreError('unavailable', 'Docker does not say how the command ended');
      })(),
    );
    const stream = await it.link.openStream({ exec: EXEC }, forever());
    const reading = (async () => {
      for await (const _ of stream.output);
    })();
    await assert.rejects(reading, fails('unavailable', /Docker does not say how the command ended/));
  });

  it('is refused when its command is malformed', async () => {
    await using it = await commandAgent(echo);
    for (const exec of [
      { ...EXEC, command: [] },
      { ...EXEC, command: ['a\0b'] },
      { ...EXEC, command: ['x'.repeat(200_000)] },
      { ...EXEC, container: '../x' },
      { ...EXEC, stdin: false, stdout: false },
    ]) {
      await assert.rejects(it.link.openStream({ exec }, forever()), fails('invalid', /malformed/));
    }
  });
});
