import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import type { ProbeTarget } from '../../../../agent/pod/probe-targets.ts';
import { PodProber } from '../../../../agent/probes/pod-prober.ts';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { eventually } from '../../../kit/eventually.ts';

it('a probe goes to where its pod is now', async () => {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target = (host: string): ProbeTarget => ({
    ...{ key: 'readiness', containerId: 'id', container: 'main', kind: 'readiness', startedAtMs: Date.now() },
    settings: {
      ...{ initialDelayMs: 0, periodMs: 20, timeoutMs: 1000, successThreshold: 1, failureThreshold: 1 },
    },
    action: { kind: 'tcp', target: { host, port } },
  });
  const prober = new PodProber({
    ...{ clock: systemClock, random: () => 0, agentStartedMs: 0, emit: () => {}, changed: () => {} },
    log: createLog({ name: 'test', level: 'silent' }),
    runCommand: () => Promise.reject(new Error('there is no command')),
  });
  try {
    // Nobody listens there: the machine has had another address.
    prober.update([target('127.0.0.2')]);
    await eventually(() => prober.verdicts.get('readiness') === 'failure');
    prober.update([target('127.0.0.1')]);
    await eventually(() => prober.verdicts.get('readiness') === 'success');
    assert.equal(prober.verdicts.size, 1);
  } finally {
    await prober[Symbol.asyncDispose]();
    server.close();
  }
});
