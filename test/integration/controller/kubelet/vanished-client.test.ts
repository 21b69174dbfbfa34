import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { it } from 'node:test';
import { EXEC, stalled } from '../../../kit/agent-commands.ts';
import { eventually } from '../../../kit/eventually.ts';
import { startTestKubelet } from '../../../kit/kubelet-fixture.ts';
import { startLonelyNetwork } from '../../../kit/lonely-network.ts';

const CLIENT = join(import.meta.dirname, '../../../kit/quiet-client-process.ts');

it('a client whose machine vanishes, of which no packet tells, is let go with its stream', async () => {
  let signal: AbortSignal | undefined;
  const started = Promise.withResolvers<Awaited<ReturnType<typeof startTestKubelet>>>();
  await using network = await startLonelyNetwork(async (host, stack) => {
    const kubelet = await startTestKubelet(
      async (_request, _input, until) => {
        signal = until;
        return stalled(until);
      },
      { host, limits: { keepAliveAfterMs: 1000 } },
    );
    stack.use(kubelet);
    started.resolve(kubelet);
    return kubelet.port;
  });
  const { tls } = (await started.promise).endpoint;
  await using held = new AsyncDisposableStack();
  const client = spawn(process.execPath, [...network.entrance, CLIENT, `wss://${network.wayOut}${EXEC}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  client.stdin.end(JSON.stringify(tls));
  held.defer(() => void client.kill('SIGKILL'));
  await once(client.stdout, 'data');
  await eventually(() => signal, { what: 'its stream' });

  network.cut();
  assert.equal(signal?.aborted, false);
  // A second until it is asked, and ten questions.
  await eventually(() => signal?.aborted, { what: 'the end of its stream', timeoutMs: 20_000 });
  assert.equal(client.exitCode, null);
});
