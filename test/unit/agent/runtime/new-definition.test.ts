// A container that is stopped so that it starts anew, by a changed image or a resize: through the controller's eyes, which let
// none that has ended for good run again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { desiredStatus } from '../../../../controller/model/pod-status.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';

const OTHER_IMAGE = { image: 'busybox:2' };
const MORE_MEMORY = { resources: { limits: { memory: '96Mi' } } };
const FIRST = {
  resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
  resources: { limits: { memory: '64Mi' } },
};

describe('a container with a new definition', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  for (const restartPolicy of ['Always', 'OnFailure', 'Never']) {
    for (const [what, change] of Object.entries({ image: OTHER_IMAGE, limit: MORE_MEMORY })) {
      // The API server takes no such resize of a pod that never restarts.
      if (restartPolicy === 'Never' && change === MORE_MEMORY) continue;
      it(`is seen to run with another ${what} under ${restartPolicy}`, async () => {
        const pod = scriptPod({ main: SERVE }, { restartPolicy, containers: [{ name: 'main', ...FIRST }] });
        const uid = await apply(pod);
        await machine.settle(1000);
        const [container] = pod.spec.containers;
        const changed = { ...pod, spec: { ...pod.spec, containers: [{ ...container, ...change }] } } as Pod;
        await apply(changed);
        await machine.settle(60_000);
        assert.deepEqual(machine.engine.running(), ['POD/0', 'main/1']);

        let seen: Pod = pod;
        for (const report of machine.statuses.get(uid) ?? []) {
          const nowMs = Date.parse('2026-01-01T00:00:00Z');
          const status = desiredStatus({ pod: seen, report, nowMs, publishPodIP: true });
          seen = { ...changed, status };
        }
        const main = seen.status?.containerStatuses?.[0];
        assert.ok(main?.state?.running, JSON.stringify(main?.state));
        assert.ok(main.lastState?.terminated);
        assert.equal(main.restartCount, 1);
        assert.equal(main.containerID, machine.container(uid)?.containerID);
      });
    }
  }
});
