import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptContainer, scriptPod, sidecar } from '../../../kit/pod-machine.ts';

const restartPolicyRules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }];
const hook = { exec: { command: ['sh', '-c', 'preStop exit 0'] } };

describe('a container whose end restarts all containers of its pod', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const pod = (other = SERVE, spec: Partial<Pod['spec']> = {}) =>
    scriptPod(
      { main: SERVE, other },
      {
        restartPolicy: 'Never',
        initContainers: [scriptContainer('init', 'exit 0'), sidecar('side', SERVE)],
        containers: [
          { name: 'main', restartPolicy: 'Never', restartPolicyRules },
          { name: 'other', lifecycle: { preStop: hook } },
        ],
        ...spec,
      },
    );
  const counts = (uid: string) =>
    ['init', 'side', 'main', 'other'].map((name) => machine.container(uid, name)?.restartCount);
  const restarting = (uid: string) =>
    machine.status(uid)?.conditions?.find(({ type }) => type === 'AllContainersRestarting')?.status;
  const starts = () => machine.engine.journal.filter((line) => line.startsWith('start ')).length;

  it('has them end without their hooks and start in their order, each once more, in the same sandbox', async () => {
    const uid = await apply(pod());
    assert.equal(restarting(uid), 'False');
    const before = starts();
    machine.engine.exit('main', 42);
    await machine.settle();
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
    assert.equal(machine.status(uid)?.phase, 'Running');
    const order = machine.engine.journal.filter((line) => line.startsWith('start ')).slice(before);
    assert.deepEqual(
      order.map((line) => /^start (\w+)/.exec(line)?.[1]),
      ['init', 'side', 'main', 'other'],
    );
    assert.deepEqual(machine.execs.runs, []);
    assert.equal(machine.container(uid, 'main')?.lastState?.terminated?.exitCode, 42);
  });

  it('says so until they have ended', async () => {
    const uid = await apply(pod(STUBBORN));
    machine.engine.exit('main', 42);
    await machine.settle();
    assert.equal(restarting(uid), 'True');
    assert.equal(machine.status(uid)?.phase, 'Running');
    await machine.settle(3000);
    assert.equal(restarting(uid), 'False');
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
  });

  it('starts again what had ended for good', async () => {
    const uid = await apply(pod());
    machine.engine.exit('other', 0);
    await machine.settle();
    machine.engine.exit('main', 42);
    await machine.settle();
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
    assert.ok(machine.container(uid, 'other')?.state?.running);
  });

  it('waits longer each time', async () => {
    const uid = await apply(pod());
    machine.engine.exit('main', 42);
    await machine.settle();
    machine.engine.exit('main', 42);
    await machine.settle(9000);
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
    await machine.settle(1000);
    assert.deepEqual(counts(uid), [2, 2, 2, 2]);
  });

  it('is the end of the pod with any other exit code', async () => {
    const uid = await apply(pod());
    machine.engine.exit('main', 41);
    machine.engine.exit('other', 0);
    await machine.settle(1000);
    assert.equal(machine.status(uid)?.phase, 'Failed');
    assert.deepEqual(counts(uid), [0, 0, 0, 0]);
  });

  it('is seen through by a restarted agent', async () => {
    const uid = await apply(pod(STUBBORN));
    machine.engine.exit('main', 42);
    await machine.settle();
    await machine.crashAndStart();
    await machine.settle(3000);
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
    await machine.crashAndStart();
    await machine.settle(60_000);
    assert.deepEqual(counts(uid), [1, 1, 1, 1]);
  });
});
