// A pod that another than its agent has ended in the API: the collector of orphans, an out-of-service taint, a person.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

describe('a pod that has ended in the API', () => {
  let machine: FakeMachine;
  const { apply, remove } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const end = async (pod: Pod) => {
    const ended = {
      ...pod,
      status: { ...machine.status(pod.metadata.uid), phase: 'Failed', reason: 'Lost' },
    };
    await apply(ended);
    return ended;
  };

  it('is stopped, says so of its containers, and starts nothing again', async () => {
    const pod = scriptPod({ main: SERVE });
    const uid = await apply(pod);
    await end(pod);
    await machine.settle(60_000);
    assert.deepEqual(machine.engine.running(), []);
    const { phase, reason, conditions } = machine.status(uid) ?? {};
    assert.deepEqual({ phase, reason }, { phase: 'Failed', reason: 'Lost' });
    assert.equal(conditions?.find(({ type }) => type === 'Ready')?.status, 'False');
    assert.ok(machine.container(uid)?.state?.terminated);
    await machine.crashAndStart();
    await machine.settle(600_000);
    assert.ok(!machine.engine.journal.includes('create main/1'));
  });

  it('restarts nothing that has crashed', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    machine.engine.exit('main', 1);
    await end(pod);
    await machine.settle(600_000);
    assert.deepEqual(machine.engine.running(), []);
  });

  it('goes like any other when it is deleted', async () => {
    const pod = scriptPod({ main: SERVE });
    await apply(pod);
    await remove(await end(pod), 1);
    await machine.settle(60_000);
    assert.deepEqual(machine.engine.all(), []);
    assert.equal(machine.gone.length, 1);
  });
});
