import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamInput, StreamOutput } from '../../../../common/stream-message.ts';
import { EXEC, hear, SUCCESS, saying, stalled, upper } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import { startTestKubelet } from '../../../kit/kubelet-fixture.ts';

describe('exec over SPDY', () => {
  it('waits for all its streams, then carries them and tells the exit code', async () => {
    const begun: StreamInput[] = [];
    await using kubelet = await startTestKubelet(async (request, input, signal) =>
      upper(
        request,
        (async function* () {
          for await (const message of input) {
            begun.push(message);
            yield message;
          }
        })(),
        signal,
      ),
    );
    const client = await kubelet.spdy(EXEC, ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    assert.deepEqual(begun, []);
    const stderr = await client.openReplied({ streamtype: 'stderr' });
    await stdin.write('hello');
    stdin.end();
    await eventually(() => error.finished && stdout.finished && stderr.finished);
    assert.equal(stdout.output.toString(), 'HELLO');
    assert.equal(stderr.output.toString(), 'bye');
    const { reason, details } = JSON.parse(error.output.toString());
    assert.deepEqual([reason, details.causes], ['NonZeroExitCode', [{ reason: 'ExitCode', message: '3' }]]);
    client.close();
  });

  it('hands on a command of 128 KiB, whatever its letters', async () => {
    const word = '"\n%'.repeat(Math.floor((128 * 1024 - 'sh-c'.length) / 3));
    let command: readonly string[] | undefined;
    await using kubelet = await startTestKubelet(async (request, ...rest) => {
      command = request.exec?.command;
      return upper(request, ...rest);
    });
    const query = ['sh', '-c', word].map((each) => `command=${encodeURIComponent(each)}`).join('&');
    const client = await kubelet.spdy(`/exec/default/web/app?output=1&${query}`);
    client.close();
    assert.deepEqual(command, ['sh', '-c', word]);
  });

  it('has a stream for the sizes of a terminal, and none for its stderr', async () => {
    await using kubelet = await startTestKubelet(upper);
    const client = await kubelet.spdy(`${EXEC}&tty=1`);
    const [error, stdin, stdout, resize] = [
      await client.openReplied({ streamtype: 'error' }),
      await client.openReplied({ streamtype: 'stdin' }),
      await client.openReplied({ streamtype: 'stdout' }),
      await client.openReplied({ streamtype: 'resize' }),
    ];
    await resize.write('{"Width":100,"Height":30}\n');
    await eventually(() => stdout.output.toString() === '{"width":100,"height":30}');
    stdin.end();
    await eventually(() => error.finished);
    client.close();
  });

  for (const [protocol, success, failure] of [
    ['v4.channel.k8s.io', SUCCESS, /^\{.*"ExitCode"/],
    ['v3.channel.k8s.io', '', /^command terminated with non-zero exit code/],
    ['v2.channel.k8s.io', '', /^command terminated with non-zero exit code/],
    ['channel.k8s.io', '', /^command terminated with non-zero exit code/],
  ] as const) {
    it(`tells the ending as ${protocol} has it`, async () => {
      for (const [code, expected] of [
        [0, success],
        [1, failure],
      ] as const) {
        await using kubelet = await startTestKubelet(saying({ kind: 'exit', code }));
        const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1', protocol);
        const error = await client.openReplied({ streamtype: 'error' });
        await client.openReplied({ streamtype: 'stdout' });
        await eventually(() => error.finished);
        if (typeof expected === 'string') assert.equal(error.output.toString(), expected);
        else assert.match(error.output.toString(), expected);
        client.close();
      }
    });
  }

  it('refuses streams that were not asked for', async () => {
    await using kubelet = await startTestKubelet(upper);
    const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1');
    const stdin = await client.open({ streamtype: 'stdin' });
    const error = await client.openReplied({ streamtype: 'error' });
    const again = await client.open({ streamtype: 'error' });
    await eventually(() => stdin.resetWith === 3 && again.resetWith === 3);
    assert.equal(error.resetWith, undefined);
    client.close();
  });

  it('sends more than any window to a client that never opens one', async () => {
    const much = Array.from({ length: 100 }, () => ({
      kind: 'data' as const,
      data: Buffer.alloc(30_000, 'x'),
    }));
    await using kubelet = await startTestKubelet(saying(...much, { kind: 'exit', code: 0 }));
    const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1');
    await client.openReplied({ streamtype: 'error' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await eventually(() => stdout.finished);
    assert.equal(stdout.output.length, 3_000_000);
    client.close();
  });

  it('tells of an agent that broke off', async () => {
    await using kubelet = await startTestKubelet(async () =>
      (async function* (): AsyncGenerator<StreamOutput> {
        yield { kind: 'data', data: Buffer.from('half') };
        throw new LongshoreError('unavailable', 'the agent broke the stream off');
      })(),
    );
    const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1');
    const error = await client.openReplied({ streamtype: 'error' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await eventually(() => error.finished && stdout.finished);
    assert.match(
      error.output.toString(),
      /error executing command in container: the agent broke the stream off/,
    );
    client.close();
  });

  it('tells of a command whose end nobody knows', async () => {
    await using kubelet = await startTestKubelet(saying({ kind: 'data', data: Buffer.from('half') }));
    const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1', 'v4.channel.k8s.io');
    const error = await client.openReplied({ streamtype: 'error' });
    await client.openReplied({ streamtype: 'stdout' });
    await eventually(() => error.finished);
    assert.match(error.output.toString(), /"Failure".*nobody knows how the command ended/);
    client.close();
  });

  it('ends the command’s stdin when that stream alone is reset', async () => {
    await using kubelet = await startTestKubelet(upper);
    const client = await kubelet.spdy(EXEC);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await client.openReplied({ streamtype: 'stderr' });
    await stdin.write('hello');
    await eventually(() => stdout.output.toString() === 'HELLO');
    stdin.reset();
    await eventually(() => error.finished, { what: 'the end of the command' });
    client.close();
  });

  it('ends at the agent when the client is gone', async () => {
    let signal: AbortSignal | undefined;
    await using kubelet = await startTestKubelet(async (_request, _input, cancelled) => {
      signal = cancelled;
      return stalled(cancelled);
    });
    const client = await kubelet.spdy(EXEC);
    for (const streamtype of ['error', 'stdin', 'stdout', 'stderr']) await client.openReplied({ streamtype });
    client.close();
    await eventually(() => signal?.aborted);
  });

  it('takes no notice of what a client sends after the end', async () => {
    await using kubelet = await startTestKubelet(saying({ kind: 'exit', code: 0 }));
    const client = await kubelet.spdy(EXEC);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    for (const streamtype of ['stdout', 'stderr']) await client.openReplied({ streamtype });
    for (let count = 0; count < 100; count++) await stdin.write(Buffer.alloc(32 * 1024));
    await eventually(() => error.finished);
    assert.equal(error.output.toString(), SUCCESS);
    client.close();
  });
});

describe('exec over WebSocket', () => {
  for (const [protocol, coding] of [
    ['v5.channel.k8s.io', 'binary'],
    ['v4.channel.k8s.io', 'binary'],
    ['v4.base64.channel.k8s.io', 'base64'],
    ['channel.k8s.io', 'binary'],
    ['base64.channel.k8s.io', 'base64'],
    [undefined, 'binary'],
  ] as const) {
    it(`speaks ${protocol ?? 'the first version to a client that names none'}`, async () => {
      await using kubelet = await startTestKubelet(upper);
      const socket = kubelet.webSocket(EXEC, protocol);
      const heard = hear(socket, coding);
      await once(socket, 'open');
      assert.equal(socket.protocol, protocol ?? '');
      const message = (channel: number, data: string) =>
        coding === 'binary'
          ? Buffer.concat([Buffer.from([channel]), Buffer.from(data)])
          : `${channel}${Buffer.from(data).toString('base64')}`;
      socket.send(message(0, 'hello'));
      socket.send(message(4, '{"Width":80,"Height":24}'));
      await eventually(() => heard.channels[1] === 'HELLO{"width":80,"height":24}');
      if (protocol !== 'v5.channel.k8s.io') return socket.terminate();
      // Only here can a client end its stdin and stay.
      socket.send(Buffer.from([255, 0]));
      await eventually(() => heard.closedWith);
      assert.equal(heard.closedWith, 1000);
      assert.equal(heard.channels[2], 'bye');
      assert.match(heard.channels[3] ?? '', /"message":"3"/);
      return undefined;
    });
  }

  it('tells the ending in plain words to the first versions, and only of a failure', async () => {
    for (const [code, expected] of [
      [0, /^$/],
      [1, /^command terminated with non-zero exit code/],
    ] as const) {
      await using kubelet = await startTestKubelet(saying({ kind: 'exit', code }));
      const socket = kubelet.webSocket('/exec/default/web/app?command=x&output=1', 'channel.k8s.io');
      const heard = hear(socket);
      await eventually(() => heard.closedWith);
      assert.match(heard.channels[3] ?? '', expected);
    }
  });

  it('says first of all that the connection stands', async () => {
    await using kubelet = await startTestKubelet(upper);
    const socket = kubelet.webSocket('/exec/default/web/app?command=x&error=1', 'v4.channel.k8s.io');
    const [first] = await once(socket, 'message');
    assert.deepEqual(first, Buffer.from([2]));
    socket.terminate();
  });

  it('is closed for a client that speaks nonsense', async () => {
    await using kubelet = await startTestKubelet(upper);
    const socket = kubelet.webSocket(EXEC, 'base64.channel.k8s.io');
    const heard = hear(socket, 'base64');
    await once(socket, 'open');
    socket.send('x!!!');
    await eventually(() => heard.closedWith);
    assert.equal(heard.closedWith, 1002);
  });

  it('takes a message of 1 MiB, and is closed for a longer one', async () => {
    let taken = 0;
    await using kubelet = await startTestKubelet(async (_request, input, signal) => {
      void (async () => {
        for await (const message of input) if (message.kind === 'data') taken += message.data.length;
      })();
      return stalled(signal);
    });
    const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    socket.send(Buffer.alloc(1024 * 1024));
    await eventually(() => taken === 1024 * 1024 - 1, { what: 'the message' });
    assert.equal(heard.closedWith, undefined);
    socket.send(Buffer.alloc(1024 * 1024 + 1));
    await eventually(() => heard.closedWith);
    assert.equal(heard.closedWith, 1009);
    assert.equal(taken, 1024 * 1024 - 1);
  });

  it('takes a message in at most 1024 frames', async () => {
    await using kubelet = await startTestKubelet(async (_request, _input, signal) => stalled(signal));
    const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    for (let count = 0; count < 1025; count++) socket.send('x', { fin: false });
    await eventually(() => heard.closedWith);
    assert.equal(heard.closedWith, 1008);
  });

  it('takes a client’s stdin no faster than the command does', async () => {
    let taken = 0;
    let goOn: () => void = () => undefined;
    await using kubelet = await startTestKubelet(async (_request, input) =>
      (async function* (): AsyncGenerator<StreamOutput> {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        for await (const message of input) {
          if (message.kind === 'data') taken += message.data.length;
          if (message.kind === 'eof') break;
        }
        yield { kind: 'exit', code: 0 };
      })(),
    );
    const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    for (let count = 0; count < 64; count++) socket.send(Buffer.alloc(64 * 1024 + 1));
    socket.send(Buffer.from([255, 0]));
    goOn();
    await eventually(() => heard.closedWith);
    assert.equal(taken, 64 * 64 * 1024);
  });
});
