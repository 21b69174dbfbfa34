import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PodPreconditions } from '../../../../controller/reconcile/pod-writer.ts';
import { aPod, endedStatus } from '../../../kit/pods.ts';
import { phase, Reconcilers, ready, verbs, withRunningPod } from '../../../kit/reconcilers.ts';

describe('a deleted pod', () => {
  test('stays until its agent confirms, then gets its final status, then one delete with its UID', async () => {
    await using world = await withRunningPod();
    const before = world.api.writes.length;
    world.api.deleteGracefully('uid-web', 30);
    await world.pass(12);
    assert.equal(world.api.writes.length, before);
    assert.equal(phase(world), 'Running');
    world.agent('a').stopped('uid-web', endedStatus(0));
    await world.settle();
    assert.deepEqual(verbs(world).slice(before), ['status', 'delete']);
    const preconditions = world.api.writes.at(-1)?.body as PodPreconditions | undefined;
    assert.equal(preconditions?.uid, 'uid-web');
    assert.match(preconditions?.resourceVersion ?? '', /^\d+$/);
    assert.equal(world.api.get('uid-web'), undefined);
    assert.deepEqual(world.agent('a').heard.slice(-1), ['acknowledge uid-web']);
    await world.pass(30);
    assert.deepEqual(verbs(world).slice(before), ['status', 'delete']);
  });

  test('is not deleted for a report of its end, nor for any lapse of time', async () => {
    await using world = await withRunningPod();
    world.api.deleteGracefully('uid-web', 1);
    world.agent('a').report('uid-web', endedStatus(0));
    await world.pass(400);
    assert.equal(phase(world), 'Succeeded');
    assert.ok(!verbs(world).includes('delete'));
  });

  test('on a lost agent stays Terminating and not ready, and ends when the agent is back', async () => {
    await using world = await withRunningPod();
    world.agent('a').disconnect();
    world.api.deleteGracefully('uid-web');
    await world.pass(39);
    assert.equal(ready(world)?.status, 'True');
    await world.pass(2);
    assert.equal(ready(world)?.reason, 'AgentUnreachable');
    assert.equal(phase(world), 'Running');
    await world.pass(600);
    assert.ok(!verbs(world).includes('delete'));
    world.connect();
    await world.settle();
    assert.ok(world.api.get('uid-web'));
    world.agent('a').stopped('uid-web');
    await world.settle();
    assert.equal(world.api.get('uid-web'), undefined);
  });

  test('that never had an agent goes at once, unless it changed meanwhile', async () => {
    await using world = new Reconcilers([]);
    world.start();
    world.api.create(aPod());
    await world.settle();
    const version = () => world.api.get('uid-web')?.metadata.resourceVersion;
    world.api.deleteGracefully('uid-web');
    const resourceVersion = version();
    await world.settle();
    assert.equal(world.api.get('uid-web'), undefined);
    assert.deepEqual(world.api.writes.at(-1)?.body, { uid: 'uid-web', resourceVersion });
  });

  test('held by a finalizer is left alone after its delete, and acknowledged when it vanishes', async () => {
    await using world = await withRunningPod();
    world.api.edit('uid-web', ({ metadata }) => {
      metadata.finalizers = ['example.com/hold'];
    });
    world.api.deleteGracefully('uid-web');
    await world.settle();
    world.agent('a').stopped('uid-web');
    await world.pass(60);
    world.connect();
    await world.pass(60);
    assert.equal(verbs(world).filter((verb) => verb === 'delete').length, 2);
    assert.ok(!world.agent('a').heard.includes('acknowledge uid-web'));
    world.api.forceDelete('uid-web');
    await world.settle();
    assert.ok(world.agent('a').heard.includes('acknowledge uid-web'));
  });

  test('whose final delete fails is deleted again', async () => {
    await using world = await withRunningPod();
    world.api.deleteGracefully('uid-web');
    await world.settle();
    world.api.failures.push({ verb: 'delete', applied: false });
    world.agent('a').stopped('uid-web');
    await world.pass(2);
    assert.equal(world.api.get('uid-web'), undefined);
  });
});

describe('a pod that vanishes', () => {
  test('and comes back under its name with a new UID: the old one is stopped, the new one runs', async () => {
    await using world = await withRunningPod();
    world.api.forceDelete('uid-web');
    world.api.create(aPod({ uid: 'uid-new' }));
    await world.settle();
    assert.ok(world.agent('a').heard.includes('remove uid-web 30'));
    assert.equal(phase(world, 'uid-new'), 'Running');
    const before = world.api.writes.length;
    world.agent('a').report('uid-web', endedStatus(1));
    world.agent('a').stopped('uid-web');
    await world.settle();
    assert.equal(phase(world, 'uid-new'), 'Running');
    assert.equal(world.api.writes.length, before);
    assert.deepEqual(world.agent('a').heard.slice(-1), ['acknowledge uid-web']);
  });

  test('while its agent is away still takes room, and is stopped when the agent is back', async () => {
    await using world = await withRunningPod();
    world.agent('a').disconnect();
    world.api.forceDelete('uid-web');
    await world.settle();
    assert.equal(world.now.pods.load.on('uid-a').occupants.size, 1);
    world.connect();
    await world.settle();
    assert.deepEqual(world.agent('a').heard.slice(-2), ['snapshot', 'remove uid-web 30']);
    world.agent('a').stopped('uid-web');
    await world.settle();
    assert.equal(world.now.pods.load.on('uid-a').occupants.size, 0);
  });
});
