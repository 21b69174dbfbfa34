import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import type { ContainerStatus, Pod } from '../../../../common/pod.ts';
import { EXEC, hear, stalled, upper } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import {
  type AgentScript,
  KUBELET_POD,
  type RefusedUpgrade,
  startTestKubelet,
} from '../../../kit/kubelet-fixture.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const spdy = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

describe('exec is refused in HTTP', () => {
  const refusals: RefusedUpgrade[] = [
    [
      'for no streams',
      '/exec/default/web/app?command=x',
      spdy,
      400,
      /^you must specify at least 1 of stdin, stdout, stderr$/,
    ],
    ['for no command', '/exec/default/web/app?output=1', spdy, 400, /^you must specify a command$/],
    [
      'for a command of more than 128 KiB',
      `/exec/default/web/app?command=cat&command=${'x'.repeat(128 * 1024)}&output=1`,
      spdy,
      400,
      /^the command has 131075 bytes, and may have 131072: give a long script on stdin$/,
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
    ['for another upgrade', EXEC, { upgrade: 'h2c' }, 400, /^cannot upgrade to anything but/],
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
      reviews: {
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

describe('exec in a container that was last seen running', () => {
  const running: Pod = {
    ...KUBELET_POD,
    status: { containerStatuses: [{ name: 'app', state: { running: {} } }] as ContainerStatus[] },
  };

  it('opens for the client before its agent has answered, and begins when it has', async () => {
    const { promise: accepted, resolve: accept } = Promise.withResolvers<void>();
    await using kubelet = await startTestKubelet(
      async (...asked) => {
        await accepted;
        return upper(...asked);
      },
      { pod: running },
    );
    const client = await kubelet.spdy(EXEC);
    const error = await client.openReplied({ streamtype: 'error' });
    const stdin = await client.openReplied({ streamtype: 'stdin' });
    const stdout = await client.openReplied({ streamtype: 'stdout' });
    await client.openReplied({ streamtype: 'stderr' });
    await stdin.write('hello');
    stdin.end();
    accept();
    await eventually(() => error.finished && stdout.finished);
    assert.equal(stdout.output.toString(), 'HELLO');
    client.close();
  });

  it('tells the client of a refusal that comes late as of any failure', async () => {
    const { promise: asked, resolve: refuse } = Promise.withResolvers<void>();
    await using kubelet = await startTestKubelet(
      async () => {
        await asked;
        throw new LongshoreError('not-found', 'container not found ("app")');
      },
      { pod: running },
    );
    const client = await kubelet.spdy('/exec/default/web/app?command=x&output=1');
    const error = await client.openReplied({ streamtype: 'error' });
    await client.openReplied({ streamtype: 'stdout' });
    refuse();
    await eventually(() => error.finished);
    const { status, message } = JSON.parse(error.output.toString());
    assert.equal(status, 'Failure');
    assert.equal(
      message,
      'Internal error occurred: error executing command in container: container not found ("app")',
    );
    client.close();
  });

  it('is refused in HTTP where it is refused at once', async () => {
    await using kubelet = await startTestKubelet(
      async () => {
        throw new LongshoreError('exhausted', '500 streams of this agent are open already');
      },
      { pod: running },
    );
    const answer = await kubelet.upgrade(EXEC, spdy);
    assert.equal(answer.kind === 'refused' && answer.status, 429);
  });

  it('is cancelled at the agent when the client leaves before it has answered', async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<void>();
    await using kubelet = await startTestKubelet(
      async (_request, _input, signal) => {
        await once(signal, 'abort');
        resolve();
        throw signal.reason;
      },
      { pod: running },
    );
    const client = await kubelet.spdy(EXEC);
    client.close();
    await cancelled;
  });
});

describe('clients that flood or stall', () => {
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
