import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { EXEC, upper } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import { type AgentScript, type KubeletOptions, startTestKubelet } from '../../../kit/kubelet-fixture.ts';

const SPDY = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
const webSocket = (protocol: string) => ({
  ...{ upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-protocol': protocol },
  'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
});

/** Room for one stream, and how each request was answered. */
async function startNarrow(agent: AgentScript, options: KubeletOptions = {}) {
  const answered: number[] = [];
  const meter = { began: () => (code: number) => void answered.push(code), reviewed: () => undefined };
  return {
    answered,
    kubelet: await startTestKubelet(agent, { limits: { maxStreams: 1 }, meter, ...options }),
  };
}

describe('a client that leaves before its upgrade is answered keeps no place', () => {
  it('while its agent is asked', async () => {
    const asked = Promise.withResolvers<void>();
    const { kubelet, answered } = await startNarrow(async (request, input, signal) => {
      if (signal.aborted || answered.length > 0) return upper(request, input, signal);
      asked.resolve();
      await once(signal, 'abort');
      throw signal.reason;
    });
    const leaver = kubelet.ask(EXEC, SPDY);
    await asked.promise;
    leaver.destroy();
    await eventually(() => answered.length > 0, { what: 'the end of its request' });
    assert.deepEqual(answered, [0]);
    const next = await kubelet.spdy(EXEC);
    next.close();
    await kubelet[Symbol.asyncDispose]();
  });

  const cases: [what: string, path: string, headers: Record<string, string>, isAllowed: boolean][] = [
    ['an exec that is refused', EXEC, SPDY, false],
    ['an exec', EXEC, SPDY, true],
    ['an exec over WebSocket', EXEC, webSocket('v5.channel.k8s.io'), true],
    [
      'a port-forward',
      '/portForward/default/web',
      { ...SPDY, 'x-stream-protocol-version': 'portforward.k8s.io' },
      true,
    ],
    [
      'a port-forward over WebSocket',
      '/portForward/default/web?port=80',
      webSocket('v4.channel.k8s.io'),
      true,
    ],
    ['a tunnel', '/portForward/default/web', webSocket('SPDY/3.1+portforward.k8s.io'), true],
  ];
  for (const [what, path, headers, isAllowed] of cases) {
    it(`while it is asked whether it may: ${what}`, async () => {
      const asked = Promise.withResolvers<void>();
      const left = Promise.withResolvers<void>();
      let reviews = 0;
      const authorize = async () => {
        if (++reviews > 1) return { allowed: true, reason: '' };
        asked.resolve();
        await left.promise;
        return { allowed: isAllowed, reason: '' };
      };
      const { kubelet, answered } = await startNarrow(upper, {
        reviews: { authenticate: async () => undefined, authorize },
      });
      const leaver = kubelet.ask(path, headers, headers['sec-websocket-key'] ? 'GET' : 'POST');
      await asked.promise;
      leaver.destroy();
      // Its end comes to the server before another's request does.
      assert.equal((await kubelet.post('/no/such/route')).status, 404);
      left.resolve();
      await eventually(() => answered.length > 1, { what: 'the end of its request' });
      assert.deepEqual(answered, [404, 0]);
      await kubelet[Symbol.asyncDispose]();
    });
  }
});
