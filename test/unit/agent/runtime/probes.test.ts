import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodContainer } from '../../../../agent/pod/pod-containers.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptContainer, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

const exec = (program: string, more = {}) => ({ exec: { command: ['sh', '-c', program] }, ...more });

describe('probes on the modelled engine', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const probed = (main: Partial<PodContainer>, script = SERVE, spec: Partial<Pod['spec']> = {}) =>
    scriptPod({ main: script }, { ...spec, containers: [{ name: 'main', ...main }] });
  const ran = (program: string) => machine.execs.runs.filter((run) => run.endsWith(program)).length;
  const answer = (program: string, code: number) => machine.execs.answers.set(program, code);

  it('begin after their delay, and come at their pace', async () => {
    await apply(probed({ readinessProbe: exec('ready', { initialDelaySeconds: 7, periodSeconds: 3 }) }));
    await machine.settle(6 * SECOND);
    assert.equal(ran('ready'), 0);
    await machine.settle(SECOND);
    assert.equal(ran('ready'), 1);
    await machine.settle(6 * SECOND);
    assert.equal(ran('ready'), 3);
  });

  it('are counted by what they come to, over the restarts of their container', async () => {
    answer('live', 1);
    const uid = await apply(probed({ livenessProbe: exec('live', { periodSeconds: 5 }) }));
    const counted = () => machine.manager.measured().find((pod) => pod.uid === uid)?.containers[0]?.probes;
    await machine.settle(6 * SECOND);
    const none = { durationCounts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], durationUsec: 0 };
    assert.deepEqual(counted(), [{ type: 'liveness', successful: 0, failed: 2, unknown: 0, ...none }]);
    await machine.settle(5 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 1);
    answer('live', 0);
    await machine.settle(15 * SECOND);
    const [{ failed, successful } = { failed: 0, successful: 0 }] = counted() ?? [];
    assert.ok(failed >= 3);
    assert.ok(successful > 0);
  });

  it('make a container ready after as many successes in a row as it takes', async () => {
    answer('ready', 1);
    const readinessProbe = exec('ready', { successThreshold: 2, failureThreshold: 3, periodSeconds: 10 });
    const uid = await apply(probed({ readinessProbe }));
    assert.equal(machine.container(uid)?.ready, false);
    assert.equal(machine.container(uid)?.started, true);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.match(machine.messages('Unhealthy')[0] ?? '', /^Readiness probe failed: /);
    answer('ready', 0);
    await machine.settle(10 * SECOND);
    assert.equal(machine.container(uid)?.ready, false);
    await machine.settle(10 * SECOND);
    assert.equal(machine.container(uid)?.ready, true);
    answer('ready', 1);
    await machine.settle(20 * SECOND);
    assert.equal(machine.container(uid)?.ready, true);
    await machine.settle(10 * SECOND);
    assert.equal(machine.container(uid)?.ready, false);
    assert.equal(machine.container(uid)?.restartCount, 0, 'readiness ends nothing');
  });

  it('end a container after as many failures of its liveness probe in a row as it takes', async () => {
    answer('live', 1);
    const uid = await apply(probed({ livenessProbe: exec('live', { periodSeconds: 5 }) }));
    await machine.settle(9 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 0);
    answer('live', 0);
    await machine.settle(5 * SECOND);
    answer('live', 1);
    await machine.settle(15 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 1);
    assert.deepEqual(machine.messages('Killing'), [
      'Container main failed liveness probe, will be restarted',
    ]);
  });

  it('under Never end the container for good', async () => {
    answer('live', 1);
    const livenessProbe = exec('live', { failureThreshold: 1 });
    const uid = await apply(probed({ livenessProbe }, STUBBORN, { restartPolicy: 'Never' }));
    await machine.settle(2 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Failed');
    assert.deepEqual(machine.messages('Killing'), ['Container main failed liveness probe']);
  });

  it('give the grace of their own, unless the pod is to go', async () => {
    answer('live', 1);
    const livenessProbe = exec('live', { failureThreshold: 1, terminationGracePeriodSeconds: 1 });
    const spec = { terminationGracePeriodSeconds: 300 };
    const uid = await apply(probed({ livenessProbe }, STUBBORN, spec));
    await machine.settle(2 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 1);
    answer('live', 0);
    const pod = probed({ livenessProbe }, STUBBORN, spec);
    await apply(pod);
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: '2026-01-01T00:01:00Z',
      deletionGracePeriodSeconds: 300,
    };
    await apply({ ...pod, metadata });
    answer('live', 1);
    await machine.settle(200 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(100 * SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('that take too long have failed', async () => {
    answer('live', -1);
    const livenessProbe = exec('live', { failureThreshold: 1, timeoutSeconds: 4 });
    const uid = await apply(probed({ livenessProbe }));
    await machine.settle(3 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 0);
    await machine.settle(SECOND);
    assert.equal(machine.container(uid)?.restartCount, 1);
    assert.deepEqual(machine.messages('Unhealthy'), [
      'Liveness probe failed: command timed out: "sh -c live" timed out after 4s',
    ]);
  });

  it('wait for the startup probe, which is not made again once it has succeeded', async () => {
    answer('start', 1);
    const uid = await apply(
      probed({
        startupProbe: exec('start', { periodSeconds: 5, failureThreshold: 100 }),
        livenessProbe: exec('live'),
        readinessProbe: exec('ready'),
      }),
    );
    await machine.settle(60 * SECOND);
    assert.deepEqual([ran('live'), ran('ready')], [0, 0]);
    assert.deepEqual([machine.container(uid)?.started, machine.container(uid)?.ready], [false, false]);
    answer('start', 0);
    await machine.settle(5 * SECOND);
    assert.deepEqual([machine.container(uid)?.started, machine.container(uid)?.ready], [true, true]);
    const before = ran('start');
    await machine.settle(60 * SECOND);
    assert.equal(ran('start'), before);
    assert.ok(ran('live') > 1);
  });

  it('have a start that came while a status was on its way to the disk, and look for it no more', async () => {
    for (const probe of ['start', 'ready']) answer(probe, 1);
    const startupProbe = exec('start', { periodSeconds: 5, failureThreshold: 100 });
    const readinessProbe = exec('ready', { periodSeconds: 1, failureThreshold: 100 });
    const containers = [
      { name: 'main', startupProbe, livenessProbe: exec('live') },
      { name: 'other', readinessProbe },
    ];
    const uid = await apply(scriptPod({ main: SERVE, other: SERVE }, { containers }));
    const onDisk = Promise.withResolvers<void>();
    machine.savesWait = onDisk.promise;
    answer('ready', 0);
    await machine.settle(SECOND);
    answer('start', 0);
    await machine.settle(5 * SECOND);
    const before = ran('start');
    answer('start', 1);
    onDisk.resolve();
    await machine.settle(60 * SECOND);
    assert.equal(ran('start'), before);
    assert.equal(machine.container(uid)?.started, true);
    assert.ok(ran('live') > 1);
  });

  it('of a start that never comes end the container', async () => {
    answer('start', 1);
    const startupProbe = exec('start', { periodSeconds: 1, failureThreshold: 3 });
    const uid = await apply(probed({ startupProbe }));
    await machine.settle(2 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 1);
    assert.deepEqual(machine.messages('Killing'), ['Container main failed startup probe, will be restarted']);
  });

  it('of a sidecar let the next container start only when it has started', async () => {
    answer('start', 1);
    const side = sidecar('side', SERVE, { startupProbe: exec('start', { failureThreshold: 100 }) });
    const uid = await apply(
      scriptPod({ main: SERVE }, { initContainers: [side, scriptContainer('one', 'exit 0')] }),
    );
    await machine.settle(20 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'side/0']);
    answer('start', 0);
    await machine.settle(10 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('flap nothing when the agent restarts', async () => {
    const startupProbe = exec('start');
    const uid = await apply(probed({ startupProbe, readinessProbe: exec('ready', { periodSeconds: 30 }) }));
    assert.equal(machine.container(uid)?.ready, true);
    const told = machine.statuses.get(uid)?.length;
    await machine.stopAgent();
    await machine.startAgent();
    await machine.settle(120 * SECOND);
    assert.equal(machine.statuses.get(uid)?.length, told);
    assert.equal(ran('start'), 1);
  });

  it('that come to the same in ten minutes are no news', async () => {
    const probes = { livenessProbe: exec('live'), readinessProbe: exec('ready', { periodSeconds: 1 }) };
    const uid = await apply(probed(probes));
    await machine.settle(2 * SECOND);
    const told = machine.statuses.get(uid)?.length;
    const events = machine.events.length;
    await machine.settle(600 * SECOND);
    assert.ok(ran('ready') > 590);
    assert.equal(machine.statuses.get(uid)?.length, told);
    assert.equal(machine.events.length, events);
  });

  it('go on asking a pod that is being stopped whether it is ready, and nothing else', async () => {
    const pod = probed({ livenessProbe: exec('live'), readinessProbe: exec('ready') }, STUBBORN);
    const uid = await apply(pod);
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: '2026-01-01T00:01:00Z',
      deletionGracePeriodSeconds: 60,
    };
    await apply({ ...pod, metadata });
    const lives = ran('live');
    answer('ready', 1);
    await machine.settle(50 * SECOND);
    assert.equal(ran('live'), lives);
    assert.equal(machine.container(uid)?.ready, false);
  });

  it('that cannot be made say nothing of the container', async () => {
    const livenessProbe = { httpGet: { port: 'no-such' }, failureThreshold: 1 };
    const uid = await apply(probed({ livenessProbe }));
    await machine.settle(60 * SECOND);
    assert.equal(machine.container(uid)?.restartCount, 0);
    assert.equal(machine.messages('Unhealthy')[0], "Liveness probe errored: couldn't find port: no-such");
  });
});
