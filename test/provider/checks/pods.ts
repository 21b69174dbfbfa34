// What the provider makes of a pod, and what it says of it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Pod, PodStatus } from '../../../common/pod.ts';
import { eventually } from '../../kit/eventually.ts';
import type { Offers } from '../offers.ts';
import { aPod, exitCodeOf, type PodWish, RUNS_ON, restartsOf } from '../pods.ts';
import type { Trial } from '../trial.ts';

/** Each ends well where the field does what it says. */
const ASKS_FOR: Readonly<Record<string, { readonly script: string; readonly wish: PodWish }>> = {
  workingDir: { script: 'test "$PWD" = /tmp', wish: { container: { workingDir: '/tmp' } } },
  valueFrom: {
    script: 'test "$WHERE" = default',
    wish: {
      container: { env: [{ name: 'WHERE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }] },
    },
  },
  volumeMounts: {
    script: 'echo here >/scratch/file',
    wish: {
      container: { volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
      spec: { volumes: [{ name: 'scratch', emptyDir: {} }] },
    },
  },
  securityContext: {
    script: 'test "$(id -u)" = 1234',
    wish: { spec: { securityContext: { runAsUser: 1234 } } },
  },
  hostAliases: {
    script: 'grep -q garage-pi.example /etc/hosts',
    wish: { spec: { hostAliases: [{ ip: '192.0.2.7', hostnames: ['garage-pi.example'] }] } },
  },
};

export function checkPods(trial: Trial, offers: Offers): void {
  it('runs a pod, and reports all that a status has to have', async () => {
    const pod = await trial.run(RUNS_ON);
    const { startTime, conditions, containerStatuses } = await trial.running(pod);
    assert.ok(startTime);
    for (const type of ['Initialized', 'ContainersReady', 'Ready'])
      assert.equal(conditions?.find((one) => one.type === type)?.status, 'True', type);
    const [{ name, ready, restartCount, image, imageID } = assert.fail('no container'), ...others] =
      containerStatuses ?? [];
    assert.deepEqual(
      { name, ready, restartCount, others },
      { name: 'main', ready: true, restartCount: 0, others: [] },
    );
    assert.equal(image, pod.spec.containers[0]?.image);
    assert.notEqual(imageID, '');
  });

  it('reports how a pod ended, and starts it no more', async () => {
    const pod = aPod('exit 3', { restartPolicy: 'Never' });
    trial.fleet.wish(pod);
    assert.equal(exitCodeOf(await trial.status(pod, isOver, 'at its end')), 3);
    const good = aPod('exit 0', { restartPolicy: 'OnFailure' });
    trial.fleet.wish(good);
    assert.equal((await trial.status(good, isOver, 'at its end')).phase, 'Succeeded');
    assert.equal(trial.fleet.heard.statuses.get(pod.metadata.uid)?.containerStatuses?.[0]?.restartCount, 0);
  });

  it('restarts what the pod wants restarted, and counts', async () => {
    const pod = aPod('exit 1');
    trial.fleet.wish(pod);
    await trial.status(pod, (status) => restartsOf(status) >= 1, 'restarted');
  });

  it('does what a pod asks for, or says that it does not and runs nothing of it', async () => {
    const { fleet } = trial;
    const told = ({ metadata }: Pod, field: string) =>
      fleet.heard.events.some(
        ({ podUid, type, message }) =>
          podUid === metadata.uid && type === 'Warning' && message.includes(field),
      );
    const waits = ({ containerStatuses }: PodStatus, field: string) => {
      const [{ state, restartCount } = { state: {}, restartCount: 0 }] = containerStatuses ?? [];
      return restartCount === 0 && !!state?.waiting?.message?.includes(field);
    };
    const asked = Object.entries(ASKS_FOR).map(([field, { script, wish }]) => {
      const pod = aPod(`${script} && exit 0`, { ...wish, restartPolicy: 'Never' });
      fleet.wish(pod);
      return { field, pod };
    });
    // They stay: what waits is not to begin, nor to be told of again in later sessions.
    for (const { field, pod } of asked) {
      const answers = (status: PodStatus) => isOver(status) || waits(status, field);
      const status = await trial.status(pod, answers, `with ${field}`);
      if (isOver(status))
        assert.equal(status.phase, 'Succeeded', `${field} was not honoured, and nobody told`);
      else if (offers.has('events'))
        await eventually(() => told(pod, field), { what: `a warning about ${field}${trial.said}` });
    }
  });
}

function isOver({ phase }: PodStatus): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
