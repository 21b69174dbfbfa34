// How a pod is brought to its end: asked, in its grace, by its deadline, or because nobody wishes for it any more.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

describe('a pod that is to end', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  it('stops gracefully, says how it ended, and only then that it is gone', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    await remove(pod, 30);
    assert.deepEqual(machine.engine.all(), []);
    assert.deepEqual(
      machine.gone.map(({ status }) => status?.phase),
      ['Succeeded'],
    );
    assert.equal(machine.records.get(uid)?.gone?.status?.phase, 'Succeeded');
    assert.deepEqual(machine.messages('Killing'), ['Stopping container main']);
    await machine.manager.acknowledgeGone(uid);
    assert.equal(machine.records.size, 0);
    assert.deepEqual(machine.manager.gone(), []);
  });

  it('is killed when the grace is over, and not before', async () => {
    const pod = scriptPod({ main: STUBBORN, other: SERVE });
    await apply(pod);
    await remove(pod, 30);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    await machine.settle(29 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(SECOND);
    assert.equal(machine.gone[0]?.status?.phase, 'Failed');
    assert.deepEqual(machine.engine.all(), []);
  });

  it('stops sooner when the grace is shortened, and never later', async () => {
    const pod = scriptPod({ main: STUBBORN });
    await apply(pod);
    await remove(pod, 30);
    await machine.settle(5 * SECOND);
    await remove(pod, 8);
    await remove(pod, 60);
    await machine.settle(2 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('says why it does not stop, and is stopped in the end', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    machine.engine.failNext('kill', new EngineError('refused', 'cannot kill container: it is stuck'));
    await remove(pod, 30);
    await machine.settle(5000);
    assert.deepEqual(machine.messages('FailedKillPod'), [
      'error killing pod: cannot kill container: it is stuck',
    ]);
    assert.equal(machine.gone.length, 1);
  });

  it('is gone in the end though the log of what failed in it never ends', async () => {
    machine.logsHang = true;
    machine.log = 'out of paint';
    const failing = { name: 'main', terminationMessagePolicy: 'FallbackToLogsOnError' as const };
    const spec = { restartPolicy: 'Never', containers: [failing] };
    const uid = await apply(scriptPod({ main: 'exit 1', other: SERVE }, spec));
    await machine.manager.remove(uid, 1);
    await machine.settle(15 * SECOND);
    const [gone] = machine.gone;
    assert.equal(gone?.uid, uid);
    const main = gone?.status?.containerStatuses?.find(({ name }) => name === 'main');
    assert.equal(main?.state?.terminated?.message, 'out of paint');
    assert.deepEqual(machine.engine.all(), []);
  });

  it('gives two seconds however short the grace', async () => {
    const pod = scriptPod({ main: STUBBORN });
    await apply(pod);
    await remove(pod, 0);
    await machine.settle(1.9 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(0.1 * SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('does not get its grace anew from a restart of the agent', async () => {
    const pod = scriptPod({ main: STUBBORN });
    await apply(pod);
    await remove(pod, 30);
    await machine.stopAgent();
    await machine.settle(27 * SECOND);
    await machine.startAgent();
    await machine.settle(2 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('deleted while its image is pulled gives up the pull and fails', async () => {
    machine.pullsHang = true;
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    assert.deepEqual(machine.messages('Pulling'), ['Pulling image "longshore.test/busybox:1"']);
    await remove(pod, 30);
    const status = machine.gone[0]?.status;
    assert.equal(status?.phase, 'Failed');
    assert.deepEqual(status?.containerStatuses?.[0]?.state?.terminated?.reason, 'ContainerStatusUnknown');
    assert.deepEqual(machine.engine.all(), []);
  });

  it('does not lose its time or its grace when the clock is set and the agent restarts', async () => {
    machine.clock.setWall(5000);
    const pod = scriptPod({ main: STUBBORN }, { activeDeadlineSeconds: 60 });
    const uid = await apply(pod);
    machine.clock.setWall(Date.UTC(2026, 0));
    await machine.stopAgent();
    await machine.startAgent();
    await machine.settle();
    assert.equal(machine.status(uid)?.phase, 'Running');
    await remove(pod, 30);
    machine.clock.setWall(Date.UTC(2027, 0));
    await machine.stopAgent();
    await machine.startAgent();
    await machine.settle(29 * SECOND);
    assert.equal(machine.gone.length, 0);
    await machine.settle(SECOND);
    assert.equal(machine.gone.length, 1);
  });

  it('fails when its deadline is over', async () => {
    const uid = await apply(scriptPod({ main: SERVE }, { activeDeadlineSeconds: 60 }));
    await machine.settle(59 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    await machine.settle(SECOND);
    assert.deepEqual(
      { phase: machine.status(uid)?.phase, reason: machine.status(uid)?.reason },
      { phase: 'Failed', reason: 'DeadlineExceeded' },
    );
    assert.deepEqual(machine.engine.running(), []);
    assert.equal(machine.messages('DeadlineExceeded').length, 1);
  });

  it('fails by a deadline that it got later, counted from its start', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    await machine.settle(50 * SECOND);
    await apply({ ...pod, spec: { ...pod.spec, activeDeadlineSeconds: 60 } });
    assert.equal(machine.status(uid)?.phase, 'Running');
    await machine.settle(10 * SECOND);
    assert.equal(machine.status(uid)?.reason, 'DeadlineExceeded');
    assert.deepEqual(machine.engine.running(), []);
  });

  it('dropped by the controller is stopped and gone; one it never had is gone at once', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    await machine.manager.remove(uid, 5);
    await machine.manager.remove('unknown', 5);
    await machine.settle();
    assert.deepEqual(machine.gone.map((gone) => gone.uid).sort(), [uid, 'unknown'].sort());
    assert.deepEqual(machine.engine.all(), []);
  });

  it('that is not in the whole wish goes, and so do containers nobody knows', async () => {
    const kept = await apply(scriptPod({ main: SERVE }));
    const dropped = await apply(scriptPod({ main: SERVE }));
    const forgotten = await apply(scriptPod({ main: SERVE }));
    await machine.stopAgent();
    machine.records.delete(forgotten);
    await machine.startAgent();
    await machine.settle(120 * SECOND);
    assert.equal(machine.engine.running().length, 6, 'before the wish is known nothing goes');
    await machine.manager.retain(new Set([kept]));
    await machine.settle(2 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.deepEqual(
      machine.gone.map((gone) => gone.uid),
      [dropped],
    );
  });

  it('gone once does not come back', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    await remove(pod, 1);
    await machine.manager.apply(pod);
    await machine.stopAgent();
    await machine.startAgent();
    await machine.manager.apply(pod);
    await machine.settle(60 * SECOND);
    assert.deepEqual(machine.engine.all(), []);
    assert.deepEqual(
      machine.manager.gone().map((gone) => gone.uid),
      [uid],
    );
  });
});
