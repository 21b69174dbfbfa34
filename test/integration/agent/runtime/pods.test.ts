import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ensureBusyboxImage } from '../../../kit/busybox-image.ts';
import { eventually } from '../../../kit/eventually.ts';
import { PodMachine, SERVE, scriptPod } from '../../../kit/pod-machine.ts';

describe('pods in Docker', () => {
  let machine: PodMachine;
  before(async () => {
    await ensureBusyboxImage();
    machine = await PodMachine.create();
  });
  after(() => machine[Symbol.asyncDispose]());

  it('run, and say so', async () => {
    const pod = scriptPod({ main: SERVE });
    const { uid, name } = pod.metadata;
    await machine.manager.apply(pod);
    await eventually(() => machine.status(uid)?.phase === 'Running', { what: 'the pod Running' });
    assert.deepEqual(await machine.names(), [
      `k8s_POD_${name}_default_${uid}_0`,
      `k8s_main_${name}_default_${uid}_0`,
    ]);
    assert.deepEqual(machine.reasons(uid), ['Pulled', 'Created', 'Started']);
  });
});
