import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodContainer } from '../../../../agent/pod/pod-containers.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

type Lifecycle = NonNullable<PodContainer['lifecycle']>;
const exec = (program: string) => ({ exec: { command: ['sh', '-c', program] } });

describe('hooks on the modelled engine', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const hooked = (lifecycle: Lifecycle, script = SERVE, spec: Partial<Pod['spec']> = {}) =>
    scriptPod({ main: script }, { ...spec, containers: [{ name: 'main', lifecycle }] });
  const journal = (...words: string[]) =>
    machine.engine.journal.filter((line) => words.some((word) => line.startsWith(word)));
  const restartAgent = async () => {
    await machine.stopAgent();
    await machine.startAgent();
    await machine.settle();
  };

  describe('after the start', () => {
    it('keep the container from counting as running, and the next from starting', async () => {
      const pod = scriptPod(
        { main: SERVE, next: SERVE },
        { containers: [{ name: 'main', lifecycle: { postStart: exec('hang') } }] as PodContainer[] },
      );
      const uid = await apply(pod);
      assert.deepEqual(journal('start', 'exec'), ['start POD/0', 'start main/0', 'exec main/0: hang']);
      assert.deepEqual(machine.container(uid)?.state, { waiting: { reason: 'ContainerCreating' } });
      assert.equal(machine.status(uid)?.phase, 'Pending');
      machine.execs.finish('main', 0);
      await machine.settle();
      assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0', 'next/0']);
      assert.equal(machine.container(uid)?.ready, true);
      assert.equal(machine.status(uid)?.phase, 'Running');
    });

    it('do not let a container that is taken away meanwhile be forgotten: it ran', async () => {
      const uid = await apply(hooked({ postStart: exec('hang') }));
      machine.engine.vanish('main');
      await machine.settle(10 * SECOND);
      assert.deepEqual(journal('start main'), ['start main/0', 'start main/1']);
      assert.equal(machine.container(uid)?.restartCount, 1);
      assert.equal(machine.container(uid)?.lastState?.terminated?.reason, 'ContainerStatusUnknown');
      machine.engine.vanish('main');
      await restartAgent();
      await machine.settle(20 * SECOND);
      assert.deepEqual(journal('start main'), ['start main/0', 'start main/1', 'start main/2']);
      assert.equal(machine.container(uid)?.restartCount, 2);
    });

    it('do not let a container that is taken away meanwhile start again where it may not', async () => {
      const uid = await apply(hooked({ postStart: exec('hang') }, SERVE, { restartPolicy: 'Never' }));
      machine.engine.vanish('main');
      await machine.settle(10 * SECOND);
      assert.deepEqual(journal('start main'), ['start main/0']);
      assert.equal(machine.status(uid)?.phase, 'Failed');
      assert.equal(machine.container(uid)?.state?.terminated?.exitCode, 137);
    });

    it('that fail end the container, and say so without what they wrote', async () => {
      const uid = await apply(hooked({ postStart: exec('exit 4') }));
      assert.deepEqual(journal('start main', 'exec', 'SIG'), [
        'start main/0',
        'exec main/0: exit 4',
        'SIGTERM main/0',
      ]);
      assert.deepEqual(machine.messages('FailedPostStartHook'), ['PostStartHook failed']);
      assert.deepEqual(machine.messages('Killing'), ['FailedPostStartHook']);
      assert.deepEqual(machine.container(uid)?.state?.waiting, {
        reason: 'PostStartHookError',
        message: 'PostStartHook failed: the command exited with 4',
      });
      await machine.settle(10 * SECOND);
      assert.equal(machine.container(uid)?.restartCount, 1, 'by its restart policy');
    });

    it('that fail under Never fail the pod', async () => {
      const uid = await apply(hooked({ postStart: exec('exit 4') }, STUBBORN, { restartPolicy: 'Never' }));
      await machine.settle(2 * SECOND);
      assert.equal(machine.status(uid)?.phase, 'Failed');
    });

    it('send a request, and any answer will do; none is a failure', async () => {
      const httpGet = { port: 'web', path: '/up?now' };
      const ports = [{ name: 'web', containerPort: 8080 }];
      const pod = scriptPod(
        { main: SERVE },
        { containers: [{ name: 'main', ports, lifecycle: { postStart: { httpGet } } }] },
      );
      const uid = await apply(pod);
      assert.deepEqual(machine.requests, ['10.0.0.1:8080/up?now']);
      assert.equal(machine.container(uid)?.ready, true);
      const refused = await apply(hooked({ postStart: { httpGet: { port: 80, host: 'refused' } } }));
      assert.equal(machine.container(refused)?.state?.waiting?.reason, 'PostStartHookError');
      const unnamed = await apply(hooked({ postStart: { httpGet: { port: 'no-such' } } }));
      assert.match(machine.container(unnamed)?.state?.waiting?.message ?? '', /couldn't find port: no-such/);
    });

    it('sleep, and can do no more', async () => {
      const sleeps = await apply(hooked({ postStart: { sleep: { seconds: 5 } } }));
      await machine.settle(4 * SECOND);
      assert.equal(machine.status(sleeps)?.phase, 'Pending');
      await machine.settle(SECOND);
      assert.equal(machine.status(sleeps)?.phase, 'Running');
      const connects = await apply(hooked({ postStart: { tcpSocket: { port: 80 } } }));
      assert.equal(machine.container(connects)?.state?.waiting?.reason, 'PostStartHookError');
    });

    it('are seen to their end by a restarted agent, not begun again', async () => {
      const uid = await apply(hooked({ postStart: exec('hang') }));
      await restartAgent();
      assert.equal(machine.status(uid)?.phase, 'Pending');
      await machine.stopAgent();
      machine.execs.finish('main', 0);
      await machine.startAgent();
      await machine.settle();
      assert.equal(machine.status(uid)?.phase, 'Running');
      assert.deepEqual(journal('exec'), ['exec main/0: hang']);
    });

    it('that failed while the agent was away have failed', async () => {
      const uid = await apply(hooked({ postStart: exec('hang') }));
      await machine.stopAgent();
      machine.execs.finish('main', 1);
      await machine.startAgent();
      await machine.settle();
      assert.equal(machine.container(uid)?.state?.waiting?.reason, 'PostStartHookError');
    });

    it('are given up when the pod is to stop', async () => {
      const pod = hooked({ postStart: exec('hang') });
      await apply(pod);
      await remove(pod, 30);
      assert.equal(machine.gone.length, 1);
      assert.deepEqual(machine.messages('FailedPostStartHook'), []);
    });

    it('are run for each attempt', async () => {
      const uid = await apply(hooked({ postStart: exec('exit 0') }));
      machine.engine.exit('main', 1);
      await machine.settle();
      assert.deepEqual(journal('exec'), ['exec main/0: exit 0', 'exec main/1: exit 0']);
      assert.equal(machine.container(uid)?.ready, true);
      assert.equal(Object.keys(machine.records.get(uid)?.notes ?? {}).length, 2);
      machine.engine.vanish('main');
      await machine.settle(10 * SECOND);
      assert.equal(
        Object.keys(machine.records.get(uid)?.notes ?? {}).length,
        1,
        'nothing is kept of what is no more',
      );
    });
  });

  describe('before the stop', () => {
    it('run first, within the grace', async () => {
      const pod = hooked({ preStop: exec('hang') }, STUBBORN);
      await apply(pod);
      await remove(pod, 30);
      assert.deepEqual(machine.messages('Killing'), ['Stopping container main']);
      assert.deepEqual(journal('exec', 'SIG'), ['exec main/0: hang']);
      await machine.settle(20 * SECOND);
      machine.execs.finish('main', 0);
      await machine.settle();
      assert.deepEqual(journal('exec', 'SIG'), ['exec main/0: hang', 'SIGTERM main/0']);
      await machine.settle(9 * SECOND);
      assert.equal(machine.gone.length, 0);
      await machine.settle(SECOND);
      assert.equal(machine.gone.length, 1, 'its time was part of the grace');
    });

    it('that last longer than the grace leave two seconds for the stop', async () => {
      const pod = hooked({ preStop: exec('hang') }, STUBBORN);
      await apply(pod);
      await remove(pod, 10);
      await machine.settle(10 * SECOND);
      assert.deepEqual(journal('SIG'), ['SIGTERM main/0']);
      await machine.settle(1.9 * SECOND);
      assert.equal(machine.gone.length, 0);
      await machine.settle(0.1 * SECOND);
      assert.equal(machine.gone.length, 1);
    });

    it('that fail are told of, and the stop goes on', async () => {
      const pod = hooked({ preStop: exec('exit 1') });
      await apply(pod);
      await remove(pod, 30);
      assert.deepEqual(machine.messages('FailedPreStopHook'), ['PreStopHook failed']);
      assert.equal(machine.gone.length, 1);
    });

    it('fail when the container ends under them', async () => {
      const pod = hooked({ preStop: { sleep: { seconds: 20 } } });
      await apply(pod);
      await remove(pod, 30);
      machine.engine.exit('main', 0);
      await machine.settle();
      assert.deepEqual(machine.messages('FailedPreStopHook'), ['PreStopHook failed']);
      assert.equal(machine.gone[0]?.status?.phase, 'Succeeded');
    });

    it('do not run for what ends by itself', async () => {
      await apply(hooked({ preStop: exec('exit 0') }, SERVE, { restartPolicy: 'Never' }));
      machine.engine.exit('main', 0);
      await machine.settle();
      assert.deepEqual(journal('exec'), []);
    });

    it('are seen to their end by a restarted agent, not begun again; nor is the container asked again', async () => {
      const pod = hooked({ preStop: exec('hang') }, STUBBORN);
      await apply(pod);
      await remove(pod, 60);
      await restartAgent();
      await machine.settle(10 * SECOND);
      assert.deepEqual(journal('exec', 'SIG'), ['exec main/0: hang']);
      machine.execs.finish('main', 0);
      await machine.settle(SECOND);
      await restartAgent();
      await machine.settle(10 * SECOND);
      assert.deepEqual(journal('exec', 'SIG'), ['exec main/0: hang', 'SIGTERM main/0']);
      assert.deepEqual(machine.messages('Killing'), ['Stopping container main']);
      await machine.settle(60 * SECOND);
      assert.equal(machine.gone.length, 1);
    });

    it('that send a request are not sent twice', async () => {
      const pod = hooked({ preStop: { httpGet: { port: 80 } } }, STUBBORN);
      await apply(pod);
      await remove(pod, 30);
      await restartAgent();
      assert.deepEqual(machine.requests, ['10.0.0.1:80/']);
    });

    it('of sidecars start at once, though their turn to stop is later', async () => {
      const initContainers = [sidecar('side', SERVE, { lifecycle: { preStop: exec('exit 0') } })];
      const pod = scriptPod({ main: STUBBORN }, { initContainers });
      await apply(pod);
      await remove(pod, 30);
      assert.deepEqual(journal('exec', 'SIG'), ['SIGTERM main/0', 'exec side/0: exit 0']);
      machine.engine.exit('main', 0);
      await machine.settle();
      assert.deepEqual(journal('SIG'), ['SIGTERM main/0', 'SIGTERM side/0', 'SIGKILL POD/0']);
    });

    it('run before a container gives way to another definition, which comes even if the old one is wanted back', async () => {
      const pod = hooked({ preStop: exec('hang') }, SERVE, { restartPolicy: 'Never' });
      const uid = await apply(pod);
      const containers = pod.spec.containers.map((container) => ({ ...container, image: 'new:2' }));
      await apply({ ...pod, spec: { ...pod.spec, containers } });
      assert.deepEqual(journal('exec', 'SIG'), ['exec main/0: hang']);
      await apply(pod);
      machine.execs.finish('main', 0);
      await machine.settle();
      assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1']);
      assert.equal(machine.container(uid)?.restartCount, 1);
    });

    it('shorten with the grace', async () => {
      const pod = hooked({ preStop: exec('hang') }, STUBBORN);
      await apply(pod);
      await remove(pod, 300);
      await machine.settle(5 * SECOND);
      await remove(pod, 1);
      assert.deepEqual(journal('SIG'), ['SIGTERM main/0']);
      await machine.settle(2 * SECOND);
      assert.equal(machine.gone.length, 1);
    });
  });
});
