import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { it } from 'node:test';
import type { ProbeTarget } from '../../../../agent/pod/probe-targets.ts';
import { PodProber } from '../../../../agent/probes/pod-prober.ts';
import { systemClock } from '../../../../common/clock.ts';
import { createLog } from '../../../../common/log.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

it('a probe that cannot be made says so once, and again after it could be', async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  let answer = () => Promise.reject<{ exitCode: number; output: string }>(new Error('Docker is away'));
  const prober = new PodProber({
    ...{ clock, random: () => 0, agentStartedMs: 0, changed: () => {} },
    emit: ({ reason, message }) => told.push(`${reason}: ${message}`),
    log: createLog({ name: 'test', level: 'silent' }),
    runCommand: () => answer(),
  });
  prober.update([
    {
      ...{
        key: 'liveness',
        containerId: 'id',
        container: 'main',
        kind: 'liveness',
        startedAtMs: clock.now(),
      },
      settings: {
        ...{ initialDelayMs: 0, periodMs: 1000, timeoutMs: 1000, successThreshold: 1, failureThreshold: 3 },
      },
      action: { kind: 'exec', command: ['true'] },
    },
  ]);
  const away = 'Unhealthy: Liveness probe errored: Docker is away';
  await clock.advance(3_600_000);
  assert.deepEqual(told, [away]);
  const fails = answer;
  answer = () => Promise.resolve({ exitCode: 0, output: '' });
  await clock.advance(10_000);
  answer = fails;
  await clock.advance(10_000);
  assert.deepEqual(told, [away, away]);
  await prober[Symbol.asyncDispose]();
});

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
