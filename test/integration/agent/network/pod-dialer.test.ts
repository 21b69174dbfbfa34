import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { NETWORK_DIAL } from '../../../../agent/network/dial-message.ts';
import { createPodDialer, type PodDialerDeps } from '../../../../agent/network/pod-dialer.ts';
import { describeError } from '../../../../common/errors.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { childrenOf } from '../../../kit/process-tree.ts';

const AGENT = join(import.meta.dirname, '../../../../agent/main.ts');

/** Network namespaces without anything in them stand for pods: each refuses every port. */
async function scenario(overrides: Partial<PodDialerDeps> = {}) {
  const stack = new AsyncDisposableStack();
  const clock = new ManualClock();
  const sandboxes = new Map<string, ChildProcess>();
  const dialer = stack.use(
    createPodDialer({
      findSandbox: async (podUid) => {
        const pid = sandboxes.get(podUid)?.pid;
        return pid === undefined ? undefined : { pid, containerId: '' };
      },
      procFolder: '/proc',
      helperCommand: [process.execPath, AGENT, NETWORK_DIAL],
      clock,
      ...overrides,
    }),
  );
  return {
    clock,
    dialer,
    async start(podUid: string): Promise<void> {
      const child = spawn('unshare', ['--net', 'sh', '-c', 'echo there; exec sleep 1000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stack.defer(async () => {
        child.kill('SIGKILL');
      });
      sandboxes.set(podUid, child);
      if (child.stdout) await once(child.stdout, 'data');
    },
    /** What becomes of a connection. */
    refusal: (podUid: string, signal = new AbortController().signal) =>
      dialer.dial(podUid, 80, signal).then(() => 'connected', describeError),
    helpers: () => childrenOf(process.pid).filter(({ command }) => command.includes(NETWORK_DIAL)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const REFUSED = /^failed to connect to localhost:80 inside the pod's network namespace, IPv4: /;

describe('the helper that dials in a pod', () => {
  it('ends when nobody has needed it for ten seconds', async () => {
    await using pods = await scenario();
    await pods.start('a');
    assert.match(await pods.refusal('a'), REFUSED);
    await pods.clock.advance(9_999);
    assert.match(await pods.refusal('a'), REFUSED);
    await pods.clock.advance(9_999);
    assert.equal(pods.helpers().length, 1);
    await pods.clock.advance(1);
    await eventually(() => pods.helpers().length === 0, { what: 'its end' });
    assert.equal(pods.clock.sleepers, 0);
    assert.match(await pods.refusal('a'), REFUSED);
  });

  it('is one of eight at most: the one that was not needed for longest makes room', async () => {
    await using pods = await scenario();
    for (let index = 0; index < 9; index++) {
      await pods.start(`${index}`);
      assert.match(await pods.refusal(`${index}`), REFUSED);
    }
    await eventually(() => pods.helpers().length === 8, { what: 'the end of one' });
  });

  it('is given up when it does not answer', async () => {
    await using pods = await scenario({ helperCommand: ['sleep', '1000'] });
    await pods.start('a');
    const refusal = pods.refusal('a');
    await eventually(() => pods.clock.sleepers > 0, { what: 'the limit to be set' });
    await pods.clock.advance(25_000);
    assert.equal(await refusal, "the helper in the pod's network does not answer: try again");
    await eventually(() => pods.clock.sleepers === 0);
  });

  it('ends at once with the last connection that anybody waits for', async () => {
    await using pods = await scenario({ helperCommand: ['sleep', '1000'] });
    const sleeping = () =>
      childrenOf(process.pid).filter(({ command }) => command.includes('sleep 1000')).length;
    await pods.start('a');
    const [first, second] = [new AbortController(), new AbortController()];
    const refusals = [pods.refusal('a', first.signal), pods.refusal('a', second.signal)];
    await eventually(() => pods.clock.sleepers === 2, { what: 'both to be asked of the helper' });
    const before = sleeping();
    first.abort(new Error('the first client is gone'));
    assert.equal(await refusals[0], 'the first client is gone');
    assert.equal(sleeping(), before);
    second.abort(new Error('so is the second'));
    assert.equal(await refusals[1], 'so is the second');
    await eventually(() => sleeping() === before - 1, { what: "the helper's end" });
    assert.equal(pods.clock.sleepers, 0);
  });

  it('is started anew when it was killed', async () => {
    await using pods = await scenario();
    await pods.start('a');
    await pods.refusal('a');
    const [killed] = pods.helpers();
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await eventually(() => pods.helpers().length === 0);
    await eventually(async () => REFUSED.test(await pods.refusal('a')));
    assert.notEqual(pods.helpers()[0]?.pid, killed?.pid);
  });

  it('enters no namespace of a process that is not the pod’s', async () => {
    await using pods = await scenario({
      findSandbox: async () => ({ pid: process.pid, containerId: 'f'.repeat(64) }),
    });
    assert.match(await pods.refusal('a'), /^cannot open the pod's network namespace: process \d+ is not/);
  });

  it('is not there when the pod has the machine’s own network', async () => {
    await using server = createServer((socket) => socket.resume().end('here')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using pods = await scenario({
      findSandbox: async () => ({ pid: process.pid, containerId: '' }),
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const socket = await pods.dialer.dial('a', port, new AbortController().signal);
    assert.deepEqual([await text(socket), pods.helpers()], ['here', []]);
    socket.destroy();
  });

  it('says what is missing when it cannot be started', async () => {
    await using pods = await scenario({ helperCommand: ['/nonexistent'] });
    await pods.start('a');
    assert.match(
      await pods.refusal('a'),
      /^cannot enter the pod's network namespace: nsenter: failed to execute \/nonexistent/,
    );
  });
});
