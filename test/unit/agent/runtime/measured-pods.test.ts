// What there is to measure of pods, on the modelled engine.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

describe('what there is to measure', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const measured = (uid: string) => machine.manager.measured().find((pod) => pod.uid === uid);

  it('is every container that runs, with what it is in Docker and since when', async () => {
    const uid = await apply(scriptPod({ main: SERVE, other: SERVE }));
    const found = measured(uid);
    assert.equal(found?.hostNetwork, false);
    for (const { name, id, startedAtMs } of found?.containers ?? []) {
      const status = machine.container(uid, name);
      assert.equal(`docker://${id}`, status?.containerID);
      assert.equal(startedAtMs, Date.parse(status?.state?.running?.startedAt ?? ''));
    }
    assert.deepEqual(
      found?.containers.map(({ name }) => name),
      ['main', 'other'],
    );
  });

  it('is nothing of a pod that has ended', async () => {
    const uid = await apply(scriptPod({ main: 'exit 0' }, { restartPolicy: 'Never' }));
    assert.equal(machine.status(uid)?.phase, 'Succeeded');
    assert.deepEqual(measured(uid)?.containers, []);
  });

  it('has what a container has written where that is measured for a limit, and asks nobody for it', async () => {
    machine.engine.layerBytes.set('main', 777);
    const resources = { limits: { 'ephemeral-storage': '1Mi' } };
    const limited = await apply(scriptPod({ main: SERVE }, { containers: [{ name: 'main', resources }] }));
    const free = await apply(scriptPod({ main: SERVE }));
    assert.equal(measured(limited)?.containers[0]?.written, undefined, 'not measured yet');
    await machine.settle(11_000);
    assert.equal(measured(limited)?.containers[0]?.written?.layerBytes, 777);
    assert.equal(measured(free)?.containers[0]?.written, undefined);
  });
});
