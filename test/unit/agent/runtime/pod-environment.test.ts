import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, scriptPod } from '../../../kit/pod-machine.ts';
import { configMap, found, secret } from '../../../kit/pod-objects.ts';

const SECOND = 1000;

/** Its container `main` takes COLOUR from the ConfigMap `paint`; `free` needs nothing. */
function paintedPod(optional = false): Pod {
  const pod = scriptPod({ main: SERVE, free: SERVE });
  const valueFrom = { configMapKeyRef: { name: 'paint', key: 'colour', optional } };
  const containers = pod.spec.containers.map((container) =>
    container.name === 'main' ? { ...container, env: [{ name: 'COLOUR', valueFrom }] } : container,
  );
  return { ...pod, spec: { ...pod.spec, containers } };
}

describe('a container whose environment comes from objects', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });
  const put = async (news: Parameters<typeof machine.objects.put>[1]) => {
    await machine.objects.put('configmaps/default/paint', news);
    await machine.settle();
  };
  const waiting = (uid: string) => machine.container(uid)?.state?.waiting;
  const starts = (name: string) =>
    machine.engine.journal.filter((line) => line.startsWith(`start ${name}/`)).length;

  it('waits in silence for what it has not heard of, and keeps no other waiting', async () => {
    const uid = await apply(paintedPod());
    await machine.settle(60 * SECOND);
    assert.deepEqual([starts('main'), starts('free')], [0, 1]);
    assert.deepEqual(waiting(uid), { reason: 'ContainerCreating' });
    assert.deepEqual(machine.messages('Failed'), []);
    await put(found(configMap({ colour: 'green' })));
    assert.equal(starts('main'), 1);
  });

  it('says what is missing, once, and starts at once when it comes', async () => {
    const uid = await apply(paintedPod());
    await put({ kind: 'absent' });
    assert.deepEqual(waiting(uid), {
      reason: 'CreateContainerConfigError',
      message: 'configmap "paint" not found',
    });
    await machine.settle(60 * SECOND);
    assert.deepEqual(machine.messages('Failed'), ['Error: configmap "paint" not found']);
    await put(found(configMap({ colour: 'green' })));
    assert.equal(starts('main'), 1);
    assert.equal(machine.container(uid)?.restartCount, 0);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('asks anew for its image where somebody has removed it meanwhile', async () => {
    const pod = paintedPod();
    machine.engine.imageUser = '1000';
    await apply({ ...pod, spec: { ...pod.spec, securityContext: { runAsNonRoot: true } } });
    await put({ kind: 'absent' });
    machine.engine.absentImages.add(`sha256:${pod.spec.containers[0]?.image}`);
    await put(found(configMap({ colour: 'green' })));
    assert.equal(starts('main'), 1);
    assert.ok(!machine.messages('Failed').some((message) => message.includes('runAsNonRoot')));
  });

  it('says why it cannot be known, and starts when it can', async () => {
    const uid = await apply(paintedPod());
    await put({ kind: 'kept', reason: 'configmaps "paint" is forbidden' });
    assert.equal(waiting(uid)?.message, 'failed to sync configmap cache: configmaps "paint" is forbidden');
    await put(found(configMap({ colour: 'green' })));
    assert.equal(starts('main'), 1);
  });

  it('starts without what is optional only when that is known to be missing', async () => {
    await apply(paintedPod(true));
    assert.equal(starts('main'), 0);
    await put({ kind: 'absent' });
    assert.equal(starts('main'), 1);
  });

  it('is left alone when its object changes or goes, and sees the change when it starts again', async () => {
    const uid = await apply(paintedPod());
    await put(found(configMap({ colour: 'green' })));
    await put(found(configMap({ colour: 'blue' }), '2'));
    await machine.settle(60 * SECOND);
    assert.equal(starts('main'), 1);
    machine.engine.exit('main', 1);
    await machine.settle(20 * SECOND);
    assert.equal(starts('main'), 2);
    assert.equal(machine.container(uid)?.restartCount, 1);
    assert.deepEqual(machine.engine.environment('main'), ['COLOUR=blue']);
  });

  it('never starts with what it was made with before a crash of the agent', async () => {
    await put(found(configMap({ colour: 'green' })));
    const pod = paintedPod();
    const containers = pod.spec.containers.filter(({ name }) => name === 'main');
    machine.engine.onCreate = ({ container }) => {
      if (container === 'main') machine.crash();
    };
    const uid = await apply({ ...pod, spec: { ...pod.spec, containers } });
    machine.engine.onCreate = () => {};
    assert.equal(starts('main'), 0);
    await machine.objects.put('configmaps/default/paint', found(configMap({ colour: 'blue' }), '2'));
    await machine.crashAndStart();
    await machine.settle(60 * SECOND);
    assert.deepEqual(machine.engine.environment('main'), ['COLOUR=blue']);
    assert.equal(starts('main'), 1);
    assert.equal(machine.container(uid)?.restartCount, 0);
  });

  it('starts from what the machine kept when nobody else can be asked', async () => {
    const uid = await apply(paintedPod());
    await put(found(configMap({ colour: 'green' })));
    await machine.stopAgent();
    for (const container of ['main', 'free', 'POD']) machine.engine.vanish(container);
    await machine.startAgent();
    await machine.settle(20 * SECOND);
    assert.equal(starts('main'), 2);
    assert.equal(machine.status(uid)?.phase, 'Running');
  });

  it('tells no secret in an event or a status', async () => {
    const pod = scriptPod({ main: SERVE });
    const containers = pod.spec.containers.map((container) => ({
      ...container,
      envFrom: [{ secretRef: { name: 'login' } }, { configMapRef: { name: 'paint' } }],
    }));
    const uid = await apply({ ...pod, spec: { ...pod.spec, containers } });
    await machine.objects.put('secrets/default/login', found(secret({ password: 'hunter2' })));
    await put({ kind: 'absent' });
    await put(found(configMap({})));
    const told = JSON.stringify([machine.events, machine.statuses.get(uid)]);
    for (const text of ['hunter2', Buffer.from('hunter2').toString('base64')])
      assert.ok(!told.includes(text));
  });
});
