import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

describe('an event of an agent', () => {
  const event = {
    sequence: 1,
    podUid: 'uid-web',
    podNamespace: 'default',
    podName: 'web',
    type: 'Warning',
    reason: 'BackOff',
    message: 'm',
    fieldPath: 'spec.containers{main}',
    timeMs: 5,
  };

  test('about its own pod is recorded, about others it is dropped', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    world.connect('a');
    world.api.create(aPod());
    await world.settle();
    const { agents } = world.now;
    await agents.event({ name: 'b', uid: 'uid-b' }, event);
    assert.ok(!world.events.some(({ reason }) => reason === 'BackOff'));
    await agents.event({ name: 'a', uid: 'uid-a' }, { ...event, reason: 'not a reason' });
    await agents.event({ name: 'a', uid: 'uid-a' }, event);
    assert.deepEqual(world.events.at(-1), {
      about: {
        kind: 'Pod',
        namespace: 'default',
        name: 'web',
        uid: 'uid-web',
        fieldPath: 'spec.containers{main}',
      },
      type: 'Warning',
      reason: 'BackOff',
      message: 'm',
      ...{ agent: 'a', saidBy: 'agent' },
      timeMs: 5,
    });
  });

  test('goes to the pod it is about, whatever namespace and name the agent gives', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    const lie = { ...event, podNamespace: 'kube-system', podName: 'etcd' };
    await world.now.agents.event({ name: 'a', uid: 'uid-a' }, lie);
    const { about, reason } = world.events.at(-1) ?? {};
    assert.deepEqual([reason, about?.namespace, about?.name], ['BackOff', 'default', 'web']);
  });

  test('is given up when the controller ends before it knows whose pod it is about', async () => {
    await using world = new Reconcilers();
    world.start({ listPods: false });
    const recorded = world.now.agents.event({ name: 'a', uid: 'uid-a' }, event);
    await world.kill();
    await recorded;
    assert.deepEqual(world.events, []);
  });

  test('is held until it is known whose pod it is about', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    await world.kill();
    world.start({ listPods: false });
    const recorded = world.now.agents.event({ name: 'a', uid: 'uid-a' }, event);
    await world.settle();
    assert.ok(!world.events.some(({ reason }) => reason === 'BackOff'));
    world.api.watch(world.now.pods);
    await recorded;
    assert.equal(world.events.at(-1)?.reason, 'BackOff');
  });
});
