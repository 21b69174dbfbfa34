import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aPod } from '../../../kit/pods.ts';
import { phase, Reconcilers, reasons, withRunningPod } from '../../../kit/reconcilers.ts';

describe('the IP of a pod', () => {
  const podIP = (world: Reconcilers) => world.api.get('uid-web')?.status?.podIP;
  const declare = (world: Reconcilers, podsRoutable: boolean) => {
    const object = world.agentObjects.get('uid-a');
    if (object) world.putAgent({ ...object, spec: { ...object.spec, podsRoutable } });
  };

  test('is published where the cluster reaches pods, unless the agent says otherwise', async () => {
    await using world = await withRunningPod();
    assert.equal(podIP(world), '10.1.0.2');
    assert.ok(!reasons(world).includes('PodIPNotPublished'));
    declare(world, false);
    world.api.create(aPod({ uid: 'uid-other', name: 'other' }));
    await world.settle();
    assert.equal(world.api.get('uid-other')?.status?.phase, 'Running');
    assert.equal(world.api.get('uid-other')?.status?.podIP, undefined);
    assert.equal(podIP(world), '10.1.0.2', 'what has been shown stays');
  });

  test('is not published elsewhere, which an event says, until the agent is declared reachable', async () => {
    await using world = new Reconcilers(['a']);
    world.podsRoutable = false;
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    assert.equal(phase(world), 'Running');
    assert.equal(podIP(world), undefined);
    assert.equal(world.api.get('uid-web')?.status?.podIPs, undefined);
    assert.match(
      world.events.find(({ reason }) => reason === 'PodIPNotPublished')?.message ?? '',
      /agent a is not declared reachable from the cluster \(spec\.podsRoutable of the Agent/,
    );
    declare(world, true);
    await world.settle();
    assert.equal(podIP(world), '10.1.0.2');
  });
});
