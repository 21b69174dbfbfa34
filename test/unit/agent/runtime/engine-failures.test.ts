import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

const SECOND = 1000;

describe('a pod whose engine refuses, is away or begins anew', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  it('says why Docker refused to create or to start, and tries again', async () => {
    machine.engine.failNext('create', new EngineError('refused', 'no space left on device'));
    const uid = await apply(scriptPod({ main: SERVE }));
    assert.deepEqual(machine.messages('FailedCreatePodSandBox'), [
      'Failed to create pod sandbox: no space left on device',
    ]);
    assert.equal(machine.container(uid)?.state?.waiting?.reason, 'ContainerCreating');
    await machine.settle(10 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('gets another sandbox when Docker cannot start the one it has made', async () => {
    const stuck = () => machine.engine.failNext('start', new EngineError('refused', 'id already in use'));
    stuck();
    const uid = await apply(scriptPod({ main: SERVE }));
    assert.deepEqual(machine.messages('FailedCreatePodSandBox'), [
      'Failed to create pod sandbox: id already in use',
    ]);
    await machine.settle(10 * SECOND);
    assert.equal(machine.status(uid)?.phase, 'Running');
    assert.deepEqual(machine.engine.journal.slice(0, 4), [
      'create POD/0',
      'remove POD/0',
      'create POD/0',
      'start POD/0',
    ]);
  });

  it('shows a program that cannot be started', async () => {
    const uid = await apply(scriptPod({ main: 'no-such-program' }, { restartPolicy: 'Never' }));
    const { reason, exitCode } = machine.container(uid)?.state?.terminated ?? {};
    assert.deepEqual({ reason, exitCode }, { reason: 'ContainerCannotRun', exitCode: 127 });
    assert.equal(machine.status(uid)?.phase, 'Failed');
  });

  it('makes anew what an interrupted start has left: Docker may never start that', async () => {
    machine.engine.failNext('start', new EngineError('unavailable', 'socket hang up'));
    await apply(scriptPod({ main: SERVE }));
    assert.deepEqual(machine.engine.journal, ['create POD/0']);
    await machine.settle(SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/0']);
    assert.deepEqual(machine.engine.journal.slice(0, 4), [
      'create POD/0',
      'remove POD/0',
      'create POD/0',
      'start POD/0',
    ]);
  });

  it('keeps its last status while Docker is away, and converges when it is back', async () => {
    const uid = await apply(scriptPod({ main: SERVE }));
    const told = machine.statuses.get(uid)?.length;
    machine.engine.goDown();
    machine.engine.exit('main', 1);
    await machine.settle(60 * SECOND);
    assert.equal(machine.statuses.get(uid)?.length, told);
    assert.equal(machine.manager.engineReady, false);
    machine.engine.comeUp();
    await machine.settle(40 * SECOND);
    assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1']);
    assert.equal(machine.manager.engineReady, true);
  });

  for (const { policy, phase, running } of [
    { policy: 'Always', phase: 'Running', running: ['POD/1', 'main/1'] },
    { policy: 'Never', phase: 'Failed', running: [] },
  ]) {
    it(`under ${policy} is ${phase} after Docker was restarted and took every container down`, async () => {
      const uid = await apply(scriptPod({ main: SERVE }, { restartPolicy: policy }));
      const told = machine.statuses.get(uid)?.length;
      machine.engine.goDown();
      machine.engine.exit('main', 137);
      machine.engine.exit('POD', 137);
      await machine.settle(60 * SECOND);
      assert.equal(machine.statuses.get(uid)?.length, told, 'no observation means no action');
      machine.engine.comeUp();
      await machine.settle(60 * SECOND);
      assert.equal(machine.status(uid)?.phase, phase);
      assert.deepEqual(machine.engine.running(), running);
      const { restartCount, state, lastState } = machine.container(uid) ?? {};
      assert.equal(restartCount, running.length > 0 ? 1 : 0);
      assert.equal((lastState?.terminated ?? state?.terminated)?.exitCode, 137, 'the end is told once');
      await machine.settle(600 * SECOND);
      assert.deepEqual(machine.engine.running(), running);
    });
  }
});
