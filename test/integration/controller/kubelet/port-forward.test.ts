import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { StreamInput, StreamOutput } from '../../../../common/stream-message.ts';
import { createMessageDuplex } from '../../../../controller/kubelet/client/message-duplex.ts';
import { hear, stalled } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import {
  type AgentScript,
  KUBELET_POD,
  type RefusedUpgrade,
  startTestKubelet,
} from '../../../kit/kubelet-fixture.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { type ClientStream, SpdyClient } from '../../../kit/spdy-client.ts';

const FORWARD = '/portForward/default/web';
const PROTOCOL = 'portforward.k8s.io';

/** A server that answers each piece in capitals, and says goodbye once the client has no more; port 81 is refused. */
const server: AgentScript = async ({ portForward }, input) => {
  if (portForward?.port === 81) throw new LongshoreError('invalid', 'connection refused');
  return (async function* (): AsyncGenerator<StreamOutput> {
    for await (const message of input) {
      if (message.kind === 'data') yield data(String(message.data).toUpperCase());
      if (message.kind === 'eof') break;
    }
    yield data(`bye from ${portForward?.podUid}:${portForward?.port}`);
    yield { kind: 'eof' };
  })();
};

/** A server that says nothing. */
const silent: AgentScript = async (_request, _input, signal) =>
  (async function* () {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  })();

function data(text: string): StreamOutput {
  return { kind: 'data', data: Buffer.from(text) };
}

interface ClientPair {
  readonly error: ClientStream;
  readonly data: ClientStream;
}

async function openPair(client: SpdyClient, port: number, requestid: string): Promise<ClientPair> {
  const headers = { port: String(port), requestid };
  const error = await client.openReplied({ ...headers, streamtype: 'error' });
  error.end();
  return { error, data: await client.openReplied({ ...headers, streamtype: 'data' }) };
}

type Kubelet = Awaited<ReturnType<typeof startTestKubelet>>;

/** The two ways in which a SPDY session comes. */
const SESSIONS: Readonly<Record<string, (kubelet: Kubelet) => Promise<SpdyClient>>> = {
  'an upgraded connection': (kubelet) => kubelet.spdy(FORWARD, PROTOCOL),
  'the messages of a WebSocket': async (kubelet) => {
    const headers = {
      ...{ upgrade: 'websocket', 'sec-websocket-protocol': `SPDY/3.1+${PROTOCOL}` },
      ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    };
    const answer = await kubelet.upgrade(FORWARD, headers, 'GET');
    assert.ok(answer.kind === 'upgraded');
    assert.equal(
      new Map(Object.entries(answer.headers)).get('sec-websocket-protocol'),
      `SPDY/3.1+${PROTOCOL}`,
    );
    return new SpdyClient(createMessageDuplex(answer.socket));
  },
};

for (const [how, connect] of Object.entries(SESSIONS)) {
  describe(`port-forward by SPDY over ${how}`, () => {
    it('is many connections at a time, each with two halves', async () => {
      await using kubelet = await startTestKubelet(server);
      const client = await connect(kubelet);
      const pairs: ClientPair[] = [];
      for (let count = 0; count < 20; count++)
        pairs.push(await openPair(client, 8000 + count, String(count)));
      for (const [index, pair] of pairs.entries()) await pair.data.write(`hello ${index} `);
      await eventually(() => pairs.every((pair) => pair.data.output.includes('HELLO')));
      for (const pair of pairs) pair.data.end();
      await eventually(() => pairs.every((pair) => pair.data.finished && pair.error.finished));
      assert.deepEqual(
        pairs.map((pair) => [String(pair.data.output), String(pair.error.output)]),
        pairs.map((_, index) => [`HELLO ${index} bye from u-1:${8000 + index}`, '']),
      );
      client.close();
    });

    it('tells of a refused port on its error stream, and goes on', async () => {
      await using kubelet = await startTestKubelet(server);
      const client = await connect(kubelet);
      const refused = await openPair(client, 81, '0');
      await eventually(() => refused.error.finished && refused.data.resetWith !== undefined);
      const text = 'error forwarding port 81 to pod web, uid u-1: connection refused';
      assert.equal(String(refused.error.output), text);
      const good = await openPair(client, 80, '1');
      good.data.end();
      await eventually(() => good.data.finished && good.error.finished);
      assert.equal(String(good.data.output), 'bye from u-1:80');
      client.close();
    });

    it('is over for a client that waits for that when the pod has no more to send, and another may go on', async () => {
      let heard = '';
      const over = Promise.withResolvers<void>();
      await using kubelet = await startTestKubelet(async (_request, input) =>
        (async function* (): AsyncGenerator<StreamOutput> {
          yield data('first and last');
          yield { kind: 'eof' };
          for await (const message of input) {
            if (message.kind === 'eof') break;
            if (message.kind === 'data') heard += String(message.data);
          }
          over.resolve();
        })(),
      );
      const client = await connect(kubelet);
      const pair = await openPair(client, 80, '0');
      // kubectl before 1.32 closes its end once both have ended, and not before.
      await eventually(() => pair.data.finished && pair.error.finished);
      assert.deepEqual([String(pair.data.output), String(pair.error.output)], ['first and last', '']);
      await pair.data.write('and this');
      pair.data.end();
      await over.promise;
      assert.equal(heard, 'and this');
      client.close();
    });

    it('is reset when it breaks after the pod has said that it has no more to send', async () => {
      const broken = Promise.withResolvers<void>();
      await using kubelet = await startTestKubelet(async () =>
        (async function* (): AsyncGenerator<StreamOutput> {
          yield { kind: 'eof' };
          await broken.promise;
          throw new LongshoreError('unavailable', 'the agent broke the stream off');
        })(),
      );
      const client = await connect(kubelet);
      const pair = await openPair(client, 80, '0');
      await eventually(() => pair.data.finished && pair.error.finished);
      assert.equal(pair.data.resetWith, undefined);
      broken.resolve();
      await eventually(() => pair.data.resetWith !== undefined);
      client.close();
    });

    it('ends at the agent when the client is gone', async () => {
      const signals: AbortSignal[] = [];
      await using kubelet = await startTestKubelet((request, input, signal) => {
        signals.push(signal);
        return silent(request, input, signal);
      });
      const client = await connect(kubelet);
      await openPair(client, 80, '0');
      await openPair(client, 80, '1');
      await eventually(() => signals.length === 2);
      client.close();
      await eventually(() => signals.every((signal) => signal.aborted));
    });
  });
}

describe('port-forward over SPDY', () => {
  it('knows the streams of a client that names no request by their order', async () => {
    await using kubelet = await startTestKubelet(server);
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const error = await client.openReplied({ streamtype: 'error', port: '80' });
    const stream = await client.openReplied({ streamtype: 'data', port: '80' });
    stream.end();
    await eventually(() => stream.finished && error.finished);
    assert.equal(String(stream.output), 'bye from u-1:80');
    client.close();
  });

  it('ends one connection when the client resets it, and no other', async () => {
    const signals: AbortSignal[] = [];
    await using kubelet = await startTestKubelet((request, input, signal) => {
      signals.push(signal);
      return silent(request, input, signal);
    });
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const first = await openPair(client, 80, '0');
    await openPair(client, 80, '1');
    await eventually(() => signals.length === 2);
    first.data.reset();
    await eventually(() => first.error.finished);
    assert.deepEqual(
      [String(first.error.output), ...signals.map((signal) => signal.aborted)],
      ['', true, false],
    );
    client.close();
  });

  it('tells of an agent that is lost midway', async () => {
    await using kubelet = await startTestKubelet(async () =>
      (async function* (): AsyncGenerator<StreamOutput> {
        yield data('half');
        throw new LongshoreError('unavailable', 'the agent broke the stream off');
      })(),
    );
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const pair = await openPair(client, 80, '0');
    await eventually(() => pair.error.finished);
    assert.match(String(pair.error.output), /^error forwarding port 80 .*: the agent broke the stream off$/);
    client.close();
  });

  it('gives a connection up whose other stream does not come within 30 s', async () => {
    const clock = new ManualClock();
    await using kubelet = await startTestKubelet(server, { clock });
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const error = await client.openReplied({ streamtype: 'error', port: '80', requestid: '7' });
    const other = await client.openReplied({ streamtype: 'data', port: '80', requestid: '8' });
    await clock.advance(29_999);
    assert.equal(error.finished, false);
    await clock.advance(1);
    await eventually(() => error.finished && other.resetWith !== undefined);
    assert.equal(String(error.output), '(request=7) timed out waiting for streams');
    const late = await openPair(client, 80, '7');
    late.data.end();
    await eventually(() => late.data.finished);
    client.close();
  });

  it('refuses streams that make no connection', async () => {
    await using kubelet = await startTestKubelet(server);
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    await openPair(client, 80, '0');
    const refused = [
      await client.open({ streamtype: 'stdin', port: '80', requestid: '1' }),
      await client.open({ streamtype: 'data', requestid: '2' }),
      await client.open({ streamtype: 'data', port: '65536', requestid: '3' }),
      await client.open({ streamtype: 'data', port: '-1', requestid: '4' }),
      await client.open({ streamtype: 'data', port: '80', requestid: '0' }),
      await client.open({ streamtype: 'error', port: '90', requestid: '0' }),
    ];
    await eventually(() => refused.every((stream) => stream.resetWith === 3));
    client.close();
  });

  it('survives a flood of connections, and those that are open go on', async () => {
    await using kubelet = await startTestKubelet(server);
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const pair = await openPair(client, 80, 'first');
    const flood: ClientStream[] = [];
    for (let count = 0; count < 1000; count++)
      flood.push(await client.open({ streamtype: 'data', port: '80', requestid: `f${count}` }));
    await eventually(() => flood.filter((stream) => stream.resetWith === 3).length >= 400);
    await pair.data.write('still');
    await eventually(() => String(pair.data.output) === 'STILL');
    client.close();
  });

  it('goes on with 19 connections while the client does not read one, whose server is held back', async () => {
    const total = 16;
    const said = new Map<number, number>();
    await using kubelet = await startTestKubelet(async (request) =>
      (async function* (): AsyncGenerator<StreamOutput> {
        const port = request.portForward?.port ?? 0;
        for (let count = 1; count <= total; count++) {
          yield { kind: 'data', data: Buffer.alloc(64 * 1024) };
          said.set(port, count);
        }
        yield { kind: 'eof' };
      })(),
    );
    /** The data of the first connection. */
    let unread: number | undefined = 3;
    const client = await kubelet.spdy(FORWARD, PROTOCOL, { reads: (streamId) => streamId !== unread });
    // The first word of windows: until then it might be a client that knows none.
    client.send({ kind: 'settings', initialWindow: 64 * 1024 });
    const stalled = await openPair(client, 1, '1');
    const others: ClientPair[] = [];
    for (let port = 2; port <= 20; port++) others.push(await openPair(client, port, `${port}`));
    await eventually(() => others.every(({ data: { finished } }) => finished), { what: 'the 19' });
    assert.equal(stalled.data.output.length, 64 * 1024);
    assert.ok((said.get(1) ?? 0) <= 2, `${said.get(1)} pieces were taken from its server`);
    unread = undefined;
    const delta = 64 * 1024;
    client.send({ kind: 'window-update', streamId: stalled.data.id, delta });
    await eventually(() => stalled.data.finished, { what: 'the end of the one' });
    assert.equal(stalled.data.output.length, total * 64 * 1024);
    client.close();
  });

  it('gives a server no more than it takes, and takes no more from its client for long', async () => {
    let given = 0;
    await using kubelet = await startTestKubelet(
      async (request, input, signal) => {
        void (async () => {
          for await (const message of input) if (message.kind === 'data') given += message.data.length;
        })();
        return silent(request, input, signal);
      },
      { slowInput: true },
    );
    const client = await kubelet.spdy(FORWARD, PROTOCOL);
    const pair = await openPair(client, 80, '0');
    const piece = Buffer.alloc(64 * 1024);
    const pieces = 1000;
    let taken = 0;
    for (let count = 0; count < pieces; count++) void pair.data.write(piece).then(() => taken++);
    let before = -1;
    await eventually(
      () => {
        const steady = taken === before;
        before = taken;
        return steady && taken > 0;
      },
      { everyMs: 300, what: 'the client to be held back' },
    );
    assert.ok(given > 0 && given <= piece.length, `${given} bytes were given`);
    assert.ok(taken < pieces, 'all of it was taken');
    client.close();
  });
});

describe('port-forward over WebSocket channels', () => {
  for (const [protocol, coding] of [
    ['v4.channel.k8s.io', 'binary'],
    ['v4.base64.channel.k8s.io', 'base64'],
    [undefined, 'binary'],
  ] as const) {
    it(`speaks ${protocol ?? 'the fourth version to a client that names none'}`, async () => {
      await using kubelet = await startTestKubelet(server);
      const socket = kubelet.webSocket(`${FORWARD}?port=80,81&port=8080`, protocol);
      const heard = hear(socket, coding);
      await once(socket, 'open');
      assert.equal(socket.protocol, protocol ?? '');
      const send = (channel: number, text: string) =>
        socket.send(
          coding === 'binary'
            ? Buffer.from([channel, ...Buffer.from(text)])
            : `${channel}${Buffer.from(text).toString('base64')}`,
        );
      send(0, 'hello');
      send(4, 'there');
      const named = (port: number, text: string) => `${String.fromCharCode(port & 0xff, port >> 8)}${text}`;
      const expected = [
        ...[named(80, 'HELLO'), named(80, '')],
        ...[named(81, ''), named(81, 'error forwarding port 81 to pod web, uid u-1: connection refused')],
        ...[named(8080, 'THERE'), named(8080, '')],
      ];
      await eventually(() => heard.channels.join() === expected.join());
      assert.equal(heard.closedWith, undefined);
      socket.terminate();
    });
  }

  it('is closed when the pod has ended every connection', async () => {
    await using kubelet = await startTestKubelet(async () =>
      (async function* (): AsyncGenerator<StreamOutput> {
        yield data('all of it');
        yield { kind: 'eof' };
      })(),
    );
    const socket = kubelet.webSocket(`${FORWARD}?port=80&port=90`, 'v4.channel.k8s.io');
    const heard = hear(socket, 'binary');
    await eventually(() => heard.closedWith);
    assert.equal(heard.closedWith, 1000);
    assert.deepEqual(
      heard.channels.map((text) => text.slice(2)),
      ['all of it', '', 'all of it', ''],
    );
  });

  it('ends at the agent when the pod has no more to say, for the client cannot be told so on the channel', async () => {
    let signal: AbortSignal | undefined;
    await using kubelet = await startTestKubelet(async (_request, _input, until) => {
      signal = until;
      return (async function* (): AsyncGenerator<StreamOutput> {
        yield data('all of it');
        yield { kind: 'eof' };
        yield* stalled(until);
        throw new Error('not for the client: it was told to stop');
      })();
    });
    const heard = hear(kubelet.webSocket(`${FORWARD}?port=80`, 'v4.channel.k8s.io'));
    await eventually(() => heard.closedWith);
    assert.equal(heard.closedWith, 1000);
    assert.deepEqual(
      heard.channels.map((text) => text.slice(2)),
      ['all of it', ''],
    );
    assert.equal(signal?.aborted, true);
  });

  it('is cut at both ends with the kubelet port', async () => {
    let signal: AbortSignal | undefined;
    const kubelet = await startTestKubelet(async (_request, _input, until) => {
      signal = until;
      return stalled(until);
    });
    const heard = hear(kubelet.webSocket(`${FORWARD}?port=80`, 'v4.channel.k8s.io'));
    await eventually(() => signal);
    await kubelet[Symbol.asyncDispose]();
    await eventually(() => heard.closedWith && signal?.aborted);
  });

  it('ends at the agent when the client is gone', async () => {
    const inputs: StreamInput[] = [];
    let signal: AbortSignal | undefined;
    await using kubelet = await startTestKubelet(async (request, input, until) => {
      signal = until;
      void (async () => {
        for await (const message of input) inputs.push(message);
      })();
      return silent(request, input, until);
    });
    const socket = kubelet.webSocket(`${FORWARD}?port=80`, 'v4.channel.k8s.io');
    await once(socket, 'open');
    socket.send(Buffer.from([0, 1, 2, 3]));
    await eventually(() => inputs.length === 1);
    socket.terminate();
    await eventually(() => signal?.aborted);
  });
});

describe('port-forward is refused in HTTP', () => {
  const spdy = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': PROTOCOL };
  const channels = {
    ...{ upgrade: 'websocket', 'sec-websocket-protocol': 'v4.channel.k8s.io' },
    ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
  };
  const base64 = { ...channels, 'sec-websocket-protocol': 'v4.base64.channel.k8s.io' };
  const refusals: RefusedUpgrade[] = [
    ['for an unknown pod', '/portForward/default/other', spdy, 404, /^pod does not exist$/],
    ['for another pod of the name', `${FORWARD}/u-2`, spdy, 404, /^pod not found$/],
    [
      'for a pod that has ended',
      '/portForward/default/ended',
      spdy,
      400,
      /^pod "ended" is not running, it has ended \(Succeeded\)$/,
    ],
    [
      'for an unknown protocol',
      FORWARD,
      { ...spdy, 'x-stream-protocol-version': 'v4.channel.k8s.io' },
      403,
      /unable to negotiate protocol.*server accepts \[portforward\.k8s\.io\]/,
    ],
    ['for no ports on channels', FORWARD, channels, 400, /^query parameter "port" is required$/],
    ['for an empty port', `${FORWARD}?port=80,`, channels, 400, /^query parameter "port" cannot be empty$/],
    ['for what is no port', `${FORWARD}?port=http`, channels, 400, /^unable to parse "http" as a port$/],
    ['for too many ports', `${FORWARD}?port=1,2,3,4,5,6`, base64, 400, /^at most 5 ports at a time$/],
  ];
  for (const [what, path, headers, status, body] of refusals) {
    it(what, async () => {
      await using kubelet = await startTestKubelet(server, {
        podFinder: {
          findPod: (_namespace, name) =>
            name === 'other' ? undefined : { pod: podNamed(name), agentName: 'pi', link: NO_LINK },
        },
      });
      const answer = await kubelet.upgrade(path, headers);
      assert.equal(answer.kind, 'refused');
      assert.deepEqual([answer.kind === 'refused' && answer.status], [status]);
      assert.match(answer.kind === 'refused' ? answer.body : '', body);
    });
  }
});

const NO_LINK = { openStream: () => Promise.reject(new Error('nothing is asked of the agent')) };

function podNamed(name: string) {
  const status = name === 'ended' ? { phase: 'Succeeded' as const } : KUBELET_POD.status;
  return { ...KUBELET_POD, metadata: { ...KUBELET_POD.metadata, name }, status };
}
