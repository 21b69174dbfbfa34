import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { condition, type DrainSpec } from '../../../../controller/model/agent.ts';
import { aPod, type PodWish } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

const OWNED = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'rs', controller: true }],
};
const ON_A = { nodeSelector: { 'agent.longshore.dev/a': 'true' } };

/** Agents `a` and `b`; these pods on `a`. */
async function withPodsOnA(...wishes: PodWish[]): Promise<Reconcilers> {
  const world = new Reconcilers(['a', 'b']);
  world.start();
  world.connect();
  for (const { uid, metadata = OWNED } of wishes) {
    world.api.create(aPod({ uid: `uid-${uid}`, name: uid, metadata, spec: ON_A }));
  }
  await world.settle();
  return world;
}

function agentA(world: Reconcilers) {
  const object = world.agentObjects.get('uid-a');
  if (!object) throw new Error('no agent a');
  return object;
}

function setDrain(world: Reconcilers, drain: DrainSpec | undefined): void {
  const object = agentA(world);
  world.putAgent({ ...object, spec: { ...object.spec, drain } });
}

function remove(world: Reconcilers): void {
  const object = agentA(world);
  const metadata = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  world.putAgent({ ...object, metadata });
}

function declareGone(world: Reconcilers, uid = 'uid-a'): void {
  const object = agentA(world);
  const metadata = { ...object.metadata, annotations: { 'longshore.dev/declared-gone': uid } };
  world.putAgent({ ...object, metadata });
}

/** Its operator removes it and declares it gone in one, after which its object goes. */
async function removeLostAtOnce(world: Reconcilers): Promise<void> {
  world.agent('a').disconnect();
  await world.pass(45);
  remove(world);
  declareGone(world);
  await world.pass(3);
  assert.equal(exists(world), false);
}

const exists = (world: Reconcilers) => world.agentObjects.has('uid-a');
const outcomes = (world: Reconcilers) =>
  world.api.pods.map(({ metadata, status }) => [metadata.name, status?.phase, status?.reason]);

const drained = (world: Reconcilers) => {
  const { status, reason, message } = condition(agentA(world), 'Drained') ?? {};
  return status && [status, reason, message];
};
const deleted = (world: Reconcilers) =>
  world.api.pods.filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
const evictions = (world: Reconcilers) =>
  world.api.writes.filter(({ verb }) => verb === 'evict').map(({ uid }) => uid);

describe('an agent that is drained', () => {
  test('gets no new pods, has its pods evicted, and says how far it is', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'two' });
    setDrain(world, {});
    world.api.create(aPod({ uid: 'uid-new', name: 'new' }));
    await world.pass(2);
    assert.deepEqual(deleted(world).sort(), ['one', 'two']);
    assert.equal(world.agent('b').everRan.has('uid-new'), true);
    assert.deepEqual(drained(world), ['False', 'Draining', '2 pods left']);
    const events = world.events.filter(({ reason }) => reason === 'Evicted');
    assert.deepEqual(events.map(({ about, message }) => [about.name, message]).sort(), [
      ['one', 'agent a is being drained'],
      ['two', 'agent a is being drained'],
    ]);
    world.agent('a').stopped('uid-one');
    await world.pass(2);
    assert.deepEqual(drained(world), ['False', 'Draining', '1 pod left']);
    world.agent('a').stopped('uid-two');
    await world.pass(2);
    assert.deepEqual(drained(world), ['True', 'Drained', 'no pods are left']);
  });

  test('keeps what a budget protects, says so, and goes on when the budget allows it', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'two' });
    world.api.budgets.set('uid-two', 'Cannot evict pod');
    setDrain(world, {});
    await world.pass(30);
    assert.deepEqual(deleted(world), ['one']);
    assert.deepEqual(drained(world), ['False', 'Draining', '2 pods left; default/two: Cannot evict pod']);
    world.api.budgets.clear();
    await world.pass(15);
    assert.deepEqual(deleted(world), ['one', 'two']);
  });

  test('keeps all its pods while one of them needs a word of the operator', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'bare', metadata: {} });
    setDrain(world, {});
    await world.pass(5);
    assert.deepEqual(deleted(world), []);
    assert.deepEqual(drained(world), [
      'False',
      'NotAllowed',
      'cannot delete Pods that declare no controller (use --force to override): default/bare',
    ]);
    setDrain(world, { force: true });
    await world.pass(2);
    assert.deepEqual(deleted(world).sort(), ['bare', 'one']);
  });

  test('evicts nothing more once the drain is over, and shows nothing of it', async () => {
    await using world = await withPodsOnA({ uid: 'one' });
    world.api.budgets.set('uid-one', 'Cannot evict pod');
    setDrain(world, {});
    await world.pass(5);
    setDrain(world, undefined);
    world.api.budgets.clear();
    await world.pass(30);
    assert.deepEqual(deleted(world), []);
    assert.equal(drained(world), undefined);
  });

  test('leaves a pod that a budget held as soon as what it would lose needs a word that is taken back', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'bare', metadata: {} });
    world.api.budgets.set('uid-one', 'Cannot evict pod').set('uid-bare', 'Cannot evict pod');
    setDrain(world, { force: true });
    await world.pass(5);
    setDrain(world, {});
    world.api.budgets.clear();
    await world.pass(30);
    assert.deepEqual(deleted(world), []);
  });

  test('goes on with a new controller, and evicts nothing twice', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'two' });
    world.api.budgets.set('uid-two', 'Cannot evict pod');
    setDrain(world, {});
    await world.pass(3);
    await world.kill();
    world.api.budgets.clear();
    world.start();
    world.connect();
    await world.pass(3);
    assert.deepEqual(evictions(world), ['uid-one', 'uid-two']);
  });

  test('that is not to be reached says which pods may still run there', async () => {
    await using world = await withPodsOnA({ uid: 'one' });
    world.agent('a').disconnect();
    await world.pass(45);
    setDrain(world, {});
    await world.pass(3);
    assert.deepEqual(deleted(world), ['one']);
    assert.deepEqual(drained(world), [
      'False',
      'AgentUnreachable',
      'the agent is unreachable: 1 pod may still run there: default/one',
    ]);
  });
});

describe('an agent that is removed', () => {
  test('has all its pods evicted, bare ones too, and goes when they have gone', async () => {
    await using world = await withPodsOnA({ uid: 'one' }, { uid: 'bare', metadata: {} });
    remove(world);
    await world.pass(2);
    assert.deepEqual(deleted(world).sort(), ['bare', 'one']);
    world.agent('a').stopped('uid-one');
    await world.pass(2);
    assert.equal(exists(world), true);
    world.agent('a').stopped('uid-bare');
    await world.pass(2);
    assert.equal(exists(world), false);
    assert.deepEqual(world.api.pods, []);
  });

  test('stays while the end of a pod that is gone is not on record', async () => {
    await using world = await withPodsOnA({ uid: 'one' });
    remove(world);
    await world.pass(2);
    world.api.failures.push(
      ...Array.from({ length: 3 }, () => ({ verb: 'status', applied: false }) as const),
    );
    world.agent('a').stopped('uid-one');
    await world.clock.advance(100);
    assert.equal(exists(world), true);
    await world.pass(5);
    assert.equal(exists(world), false);
  });

  describe('while it is unreachable', () => {
    async function removingLost(...wishes: PodWish[]): Promise<Reconcilers> {
      const world = await withPodsOnA(...wishes);
      world.agent('a').disconnect();
      await world.pass(45);
      remove(world);
      await world.pass(3);
      return world;
    }

    test('stays with its pods, which may still run, and says so', async () => {
      await using world = await removingLost({ uid: 'one' });
      await world.pass(3600);
      assert.equal(exists(world), true);
      assert.deepEqual(deleted(world), ['one']);
      assert.match(
        drained(world)?.[2] ?? '',
        /1 pod may still run there: default\/one; .* longshore.dev\/declared-gone=uid-a$/,
      );
    });

    test('goes once it is declared gone, and so do its pods', async () => {
      await using world = await removingLost({ uid: 'one' }, { uid: 'guarded' });
      declareGone(world);
      await world.pass(10);
      assert.equal(exists(world), false);
      assert.deepEqual(world.api.pods, []);
    });

    test('takes its pods with it, though it is removed and declared gone in one', async () => {
      await using world = await withPodsOnA({ uid: 'one' });
      await removeLostAtOnce(world);
      assert.deepEqual([evictions(world), world.api.pods], [['uid-one'], []]);
    });

    test('leaves a pod that may not be evicted Failed, with the reason why', async () => {
      await using world = await withPodsOnA({ uid: 'one' });
      world.api.budgets.set('uid-one', 'Cannot evict pod');
      await removeLostAtOnce(world);
      assert.deepEqual(outcomes(world), [['one', 'Failed', 'NodeLost']]);
      const conditions = world.api.get('uid-one')?.status?.conditions ?? [];
      assert.equal(conditions.find(({ type }) => type === 'DisruptionTarget')?.reason, 'DeletionByPodGC');
    });

    test('is not gone for another UID, nor while it can be reached', async () => {
      await using world = await removingLost({ uid: 'one' });
      declareGone(world, 'uid-of-before');
      await world.pass(60);
      assert.equal(exists(world), true);
      world.connect('a');
      declareGone(world);
      await world.pass(5);
      assert.equal(exists(world), true, 'it is back: its pods end by its word');
      world.agent('a').stopped('uid-one');
      await world.pass(2);
      assert.equal(exists(world), false);
    });

    for (const order of ['before', 'after'] as const)
      test(`counts for gone by a word given while it could be reached, ${order} its deletion, and not sooner`, async () => {
        await using world = await withPodsOnA({ uid: 'one' });
        if (order === 'before') declareGone(world);
        remove(world);
        if (order === 'after') declareGone(world);
        await world.pass(30);
        assert.deepEqual(
          [exists(world), deleted(world)],
          [true, ['one']],
          'its pod is given its time to end',
        );
        world.agent('a').disconnect();
        await world.pass(30);
        assert.equal(exists(world), true, 'it may be back in a moment');
        await world.pass(20);
        assert.equal(exists(world), false);
        assert.deepEqual(world.api.pods, []);
      });

    test('is given up by a new controller as by the last, wherever that one died', async () => {
      for (const dies of [0, 100, 500, 1000, 1500, 2000, 3000]) {
        await using world = await removingLost({ uid: 'one' }, { uid: 'two' }, { uid: 'three' });
        declareGone(world);
        await world.clock.advance(dies);
        await world.kill();
        world.start();
        world.connect('b');
        await world.pass(60);
        assert.equal(exists(world), false, `dies after ${dies} ms`);
        assert.deepEqual(world.api.pods, [], `dies after ${dies} ms`);
      }
    });
  });

  test('whose object is gone with pods on record: a new controller waits, and then takes them for lost', async () => {
    await using world = await withPodsOnA({ uid: 'one' });
    await world.kill();
    world.agentObjects.delete('uid-a');
    world.start();
    world.connect('b');
    await world.pass(30);
    assert.equal(world.api.get('uid-one')?.status?.phase, 'Running', 'its object may be told of yet');
    await world.pass(20);
    assert.deepEqual(outcomes(world), [['one', 'Failed', 'NodeLost']]);
  });
});
