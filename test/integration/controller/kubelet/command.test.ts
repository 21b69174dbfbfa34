import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamInput, StreamOutput } from '../../../../common/stream-message.ts';
import { eventually } from '../../../kit/eventually.ts';
import { type AgentScript, startTestKubelet } from '../../../kit/kubelet-fixture.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const EXEC = '/exec/default/web/app?command=cat&input=1&output=1&error=1';
const SUCCESS = '{"metadata":{},"status":"Success"}';

/** A command that says what it is given, in capitals, and on stderr that it ends; exit code 3. */
const upper: AgentScript = async (_request, input) =>
  (async function* (): AsyncGenerator<StreamOutput> {
    for await (const message of input) {
      if (message.kind === 'data')
        yield { kind: 'data', data: Buffer.from(String(message.data).toUpperCase()) };
      if (message.kind === 'resize') yield { kind: 'data', data: Buffer.from(JSON.stringify(message.size)) };
      if (message.kind === 'eof') break;
    }
    yield { kind: 'stderr', data: Buffer.from('bye') };
    yield { kind: 'exit', code: 3 };
  })();

/** A command that ends at once with this. */
const saying =
  (...output: StreamOutput[]): AgentScript =>
  async (_request, input) =>
    (async function* () {
      for await (const message of input) if (message.kind === 'begin') break;
      yield* output;
    })();

/** A command that does nothing until it is stopped. */
async function* stalled(signal: AbortSignal): AsyncGenerator<StreamOutput> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

interface Heard {
  readonly channels: string[];
  closedWith: number | undefined;
}

/** What a WebSocket client is sent, by channel. */
function hear(socket: WebSocket, coding: 'binary' | 'base64' = 'binary'): Heard {
  const heard: Heard = { channels: ['', '', '', '', ''], closedWith: undefined };
  socket.on('message', (message: Buffer) => {
    const channel = coding === 'binary' ? Number(message[0]) : Number(String(message)[0]);
    const data =
      coding === 'binary' ? message.subarray(1) : Buffer.from(String(message.subarray(1)), 'base64');
    heard.channels[channel] += String(data);
  });
  socket.on('close', (code: number) => {
    heard.closedWith = code;
  });
  return heard;
}

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

describe('attach', () => {
  const ATTACH = '/attach/default/web/app?input=1&output=1&error=1';
  /** Says what it is given, and ends when the container does: at `end`. */
  const container: AgentScript = async (_request, input) =>
    (async function* (): AsyncGenerator<StreamOutput> {
      for await (const message of input) {
        if (message.kind !== 'data') continue;
        if (String(message.data) === 'end') break;
        yield { kind: 'data', data: message.data };
      }
    })();

  it('asks for the container’s own streams', async () => {
    const asked: object[] = [];
    await using kubelet = await startTestKubelet(async (request, input, signal) => {
      asked.push(request);
      return container(request, input, signal);
    });
    const socket = kubelet.webSocket(`${ATTACH}&tty=1`, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    socket.send(Buffer.from('\0end'));
    await eventually(() => heard.closedWith);
    const streams = { stdin: true, stdout: true, stderr: false };
    assert.deepEqual(asked, [{ attach: { podUid: 'u-1', container: 'app', ...streams } }]);
  });

  it('ends well when the container does, over SPDY', async () => {
    await using kubelet = await startTestKubelet(container);
    const client = await kubelet.spdy(ATTACH);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await client.openReplied({ streamtype: 'stderr' });
    await stdin.write('hello');
    await eventually(() => stdout.output.toString() === 'hello');
    await stdin.write('end');
    await eventually(() => error.finished && stdout.finished);
    assert.equal(error.output.toString(), SUCCESS);
    client.close();
  });

  it('ends well when the container does, over WebSocket', async () => {
    await using kubelet = await startTestKubelet(container);
    const socket = kubelet.webSocket(ATTACH, 'v4.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    socket.send(Buffer.from('\0hello'));
    await eventually(() => heard.channels[1] === 'hello');
    socket.send(Buffer.from('\0end'));
    await eventually(() => heard.closedWith);
    assert.equal(heard.channels[3], SUCCESS);
  });

  it('tells of a container that cannot be joined', async () => {
    await using kubelet = await startTestKubelet(async () =>
      (async function* (): AsyncGenerator<StreamOutput> {
        yield* [];
        throw new LongshoreError('not-found', 'container not running (c0ffee)');
      })(),
    );
    const socket = kubelet.webSocket(ATTACH, 'v4.channel.k8s.io');
    const heard = hear(socket);
    await eventually(() => heard.closedWith);
    const { code, message } = JSON.parse(heard.channels[3] ?? '');
    assert.deepEqual(
      [code, message],
      [500, 'Internal error occurred: error attaching to container: container not running (c0ffee)'],
    );
  });
});

describe('run', () => {
  const RUN = '/run/default/web/app?cmd=ls+-l';

  it('answers with all that the command says, word by word as it was asked', async () => {
    let asked: object | undefined;
    await using kubelet = await startTestKubelet(async (request, input, signal) => {
      asked = request;
      const said = [
        { kind: 'data', data: Buffer.from([0xff, 0]) },
        { kind: 'stderr', data: Buffer.from('b') },
      ] as const;
      return saying(...said, { kind: 'data', data: Buffer.from('c') }, { kind: 'exit', code: 0 })(
        request,
        input,
        signal,
      );
    });
    const { status, body } = await kubelet.post(RUN);
    assert.deepEqual([status, body], [200, '\ufffd\0bc']);
    const streams = { stdin: false, stdout: true, stderr: true, tty: false };
    assert.deepEqual(asked, {
      exec: { podUid: 'u-1', container: 'app', command: ['ls', '-l'], ...streams },
    });
  });

  const failures: [what: string, path: string, output: StreamOutput[], status: number, body: RegExp][] = [
    [
      'that fails',
      RUN,
      [
        { kind: 'data', data: Buffer.from('out') },
        { kind: 'stderr', data: Buffer.from('oops') },
        { kind: 'exit', code: 2 },
      ],
      500,
      /^command 'ls -l' exited with 2: oops$/,
    ],
    ['whose end nobody knows', RUN, [], 400, /^nobody knows how the command ended$/],
    [
      'that says too much',
      RUN,
      Array.from({ length: 17 }, () => ({ kind: 'data' as const, data: Buffer.alloc(1024 * 1024) })),
      400,
      /^the command says more than 16777216 bytes/,
    ],
    ['that is none', '/run/default/web/app', [], 400, /^the query has no cmd$/],
    ['in another pod', '/run/default/other/app?cmd=ls', [], 404, /^pod does not exist$/],
    ['in another pod of that name', '/run/default/web/u-2/app?cmd=ls', [], 404, /^pod not found$/],
  ];
  for (const [what, path, output, status, body] of failures) {
    it(`answers ${status} to a command ${what}`, async () => {
      await using kubelet = await startTestKubelet(saying(...output));
      const answer = await kubelet.post(path);
      assert.equal(answer.status, status);
      assert.match(answer.body, body);
    });
  }

  it('is cancelled when its caller leaves', async () => {
    let signal: AbortSignal | undefined;
    await using kubelet = await startTestKubelet(async (_request, _input, cancelled) => {
      signal = cancelled;
      return stalled(cancelled);
    });
    const leaving = new AbortController();
    const answer = kubelet.post(RUN, leaving.signal);
    answer.catch(() => undefined);
    await eventually(() => signal);
    leaving.abort();
    await eventually(() => signal?.aborted);
  });
});

describe('exec is refused in HTTP', () => {
  const spdy = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  const refusals: [
    what: string,
    path: string,
    headers: Record<string, string>,
    status: number,
    body: RegExp,
  ][] = [
    [
      'for no streams',
      '/exec/default/web/app?command=x',
      spdy,
      400,
      /^you must specify at least 1 of stdin, stdout, stderr$/,
    ],
    ['for an unknown pod', '/exec/default/other/app?command=x&output=1', spdy, 404, /^pod does not exist$/],
    [
      'for another pod of that name',
      '/exec/default/web/u-2/app?command=x&output=1',
      spdy,
      404,
      /^pod not found$/,
    ],
    [
      'for an unknown protocol',
      EXEC,
      { ...spdy, 'x-stream-protocol-version': 'v9' },
      403,
      /client supports \[v9\]/,
    ],
    ['for another upgrade', EXEC, { upgrade: 'h2c' }, 400, /^unable to upgrade/],
    ['for what the agent refuses', EXEC, spdy, 404, /^container not found \("app"\)$/],
  ];
  for (const [what, path, headers, status, body] of refusals) {
    it(what, async () => {
      await using kubelet = await startTestKubelet(async () => {
        throw new LongshoreError('not-found', 'container not found ("app")');
      });
      const answer = await kubelet.upgrade(path, headers);
      assert.equal(answer.kind, 'refused');
      if (answer.kind === 'refused') {
        assert.equal(answer.status, status);
        assert.match(answer.body, body);
      }
    });
  }

  it('for a caller who may not', async () => {
    await using kubelet = await startTestKubelet(upper, {
      reviewer: {
        authenticate: async () => undefined,
        authorize: async () => ({ allowed: false, reason: '' }),
      },
    });
    const answer = await kubelet.upgrade(EXEC, spdy);
    assert.equal(answer.kind === 'refused' && answer.status, 403);
  });

  it('for an agent that is away', async () => {
    const pod = { metadata: { namespace: 'default', name: 'web', uid: 'u-1' }, spec: { containers: [] } };
    await using kubelet = await startTestKubelet(upper, {
      podFinder: { findPod: () => ({ pod, agentName: 'pi', link: undefined }) },
    });
    const answer = await kubelet.upgrade(EXEC, spdy);
    assert.match(
      answer.kind === 'refused' ? answer.body : '',
      /agent "pi" is not connected to the controller/,
    );
  });
});

describe('clients that flood or stall', () => {
  const spdy = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  /** Serves a stream until it is cancelled, and counts those it serves. */
  function counting() {
    const served = { open: 0 };
    const agent: AgentScript = async (_request, _input, cancelled) => {
      served.open++;
      cancelled.addEventListener('abort', () => served.open--, { once: true });
      return stalled(cancelled);
    };
    return { served, agent };
  }

  it('are refused beyond the bound, and served again when others leave', async () => {
    const { served, agent } = counting();
    await using kubelet = await startTestKubelet(agent, { limits: { maxStreams: 2 } });
    const clients = [await kubelet.spdy(EXEC), await kubelet.spdy(EXEC)];
    const answer = await kubelet.upgrade(EXEC, spdy);
    assert.deepEqual(answer, {
      kind: 'refused',
      status: 429,
      body: 'too many streams are open (2); close some or try again later',
    });
    clients[0]?.close();
    const third = await eventually(() => kubelet.spdy(EXEC));
    for (const client of [...clients, third]) client.close();
    await eventually(() => served.open === 0, { what: 'the end of all' });
  });

  it('are let go when they do not open the streams they have asked for', async () => {
    const { served, agent } = counting();
    const clock = new ManualClock();
    await using kubelet = await startTestKubelet(agent, { clock });
    const client = await kubelet.spdy(EXEC);
    await client.openReplied({ streamtype: 'stdin' });
    await eventually(() => clock.sleepers > 0);
    await clock.advance(29_999);
    assert.equal(served.open, 1);
    await clock.advance(1);
    await eventually(() => client.closed && served.open === 0, { what: 'the end of both' });
  });

  it('are let go when nothing comes or goes for long', async () => {
    const { served, agent } = counting();
    await using kubelet = await startTestKubelet(agent, { limits: { streamIdleTimeoutMs: 300 } });
    const client = await kubelet.spdy(EXEC);
    for (const streamtype of ['error', 'stdin', 'stdout', 'stderr']) await client.openReplied({ streamtype });
    const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    await eventually(() => client.closed && heard.closedWith && served.open === 0, {
      what: 'the end of both',
    });
  });
});

describe('a client that is gone without our reading it', () => {
  /** Sends more than is taken, and is killed. */
  for (const framing of ['SPDY', 'WebSocket'] as const) {
    it(`is found out over ${framing}`, async () => {
      const clock = new ManualClock();
      let signal: AbortSignal | undefined;
      const agent: AgentScript = async (_request, _input, cancelled) => {
        signal = cancelled;
        return stalled(cancelled);
      };
      await using kubelet = await startTestKubelet(agent, { clock, slowInput: true });
      const gone = framing === 'SPDY' ? await fillSpdy(kubelet) : await fillWebSocket(kubelet);
      await eventually(() => clock.sleepers > 0, { what: 'that it is read no more' });
      gone();
      await eventually(
        async () => {
          await clock.advance(10_000);
          return signal?.aborted;
        },
        { what: 'the end of its command' },
      );
    });
  }
});

type Kubelet = Awaited<ReturnType<typeof startTestKubelet>>;

async function fillSpdy(kubelet: Kubelet): Promise<() => void> {
  const client = await kubelet.spdy(EXEC);
  const stdin = await client.openReplied({ streamtype: 'stdin' });
  for (const streamtype of ['error', 'stdout', 'stderr']) await client.openReplied({ streamtype });
  for (let count = 0; count < 256; count++) void stdin.write(Buffer.alloc(64 * 1024));
  return () => client.close();
}

async function fillWebSocket(kubelet: Kubelet): Promise<() => void> {
  const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
  await once(socket, 'open');
  for (let count = 0; count < 256; count++) socket.send(Buffer.alloc(64 * 1024));
  return () => socket.terminate();
}

describe('the end of the kubelet API', () => {
  it('cuts every stream', async () => {
    const kubelet = await startTestKubelet(upper);
    const client = await kubelet.spdy(EXEC);
    const socket = kubelet.webSocket(EXEC, 'v5.channel.k8s.io');
    const heard = hear(socket);
    await once(socket, 'open');
    await kubelet[Symbol.asyncDispose]();
    await eventually(() => client.closed && heard.closedWith);
  });
});
