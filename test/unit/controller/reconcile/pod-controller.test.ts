import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import { aContainerStatus, aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';
import { phase, Reconcilers, ready, verbs, withRunningPod } from '../../../kit/reconcilers.ts';

describe('a status', () => {
  test('keeps a readiness gate written by someone else, and only that gate makes the pod ready', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod({ spec: { readinessGates: [{ conditionType: 'example.com/lb' }] } }));
    await world.settle();
    assert.equal(ready(world)?.reason, 'ReadinessGatesNotReady');
    world.api.edit('uid-web', (pod) =>
      pod.status?.conditions?.push({ type: 'example.com/lb', status: 'True' }),
    );
    await world.settle();
    assert.equal(ready(world)?.status, 'True');
    world.agent('a').report('uid-web', runningStatus());
    await world.settle();
    assert.ok(world.api.get('uid-web')?.status?.conditions?.some(({ type }) => type === 'example.com/lb'));
  });

  test('edited by someone else is set right, and an equal report writes nothing', async () => {
    await using world = await withRunningPod();
    const before = world.api.writes.length;
    world.agent('a').report('uid-web', runningStatus());
    await world.pass(120);
    assert.equal(world.api.writes.length, before);
    world.api.edit('uid-web', (pod) => {
      if (pod.status) pod.status.phase = 'Pending';
    });
    await world.settle();
    assert.equal(phase(world), 'Running');
  });

  test('in ten minutes in which nothing happens is not written at all', async () => {
    await using world = await withRunningPod();
    const before = world.api.writes.length;
    await world.pass(600);
    assert.equal(world.api.writes.length, before);
  });

  test('is not written twice when the watch is behind the answers', async () => {
    await using world = await withRunningPod();
    world.api.holdWatch();
    world.api.edit('uid-web', ({ metadata }) => {
      metadata.labels = { seen: 'late' };
    });
    world.agent('a').report('uid-web', endedStatus(0));
    await world.settle();
    const before = world.api.writes.length;
    world.api.releaseWatch(1);
    await world.settle();
    world.api.releaseWatch();
    await world.settle();
    assert.equal(world.api.writes.length, before);
    assert.equal(phase(world), 'Succeeded');
  });

  test('is not shown healthy again by a report from before the agent was lost', async () => {
    await using world = await withRunningPod();
    world.agent('a').disconnect();
    await world.pass(45);
    assert.equal(ready(world)?.status, 'False');
    world.agent('a').connect(world.now.agents, { reports: false });
    await world.settle();
    assert.equal(ready(world)?.status, 'False');
    world.agent('a').report('uid-web');
    await world.settle();
    assert.equal(ready(world)?.status, 'True');
  });

  test('of an agent about a pod that is not its own is dropped', async () => {
    await using world = await withRunningPod(['a', 'b']);
    const before = world.api.writes.length;
    const { agents } = world.now;
    agents.report({ name: 'b', uid: 'uid-b' }, 'uid-web', endedStatus(1));
    agents.gone({ name: 'b', uid: 'uid-b' }, 'uid-web', endedStatus(1));
    await world.settle();
    assert.equal(world.api.writes.length, before);
    assert.equal(phase(world), 'Running');
  });

  test('whose placement was removed gets it back', async () => {
    await using world = await withRunningPod(['a', 'b']);
    world.api.edit('uid-web', (pod) => {
      if (pod.status) pod.status.conditions = [];
    });
    await world.settle();
    assert.equal(readPlacement(world.api.get('uid-web')?.status).kind, 'placed');
    assert.deepEqual([...world.agent('b').everRan], []);
  });
});

const crashLooping = runningStatus({
  containerStatuses: [
    aContainerStatus({
      restartCount: 4,
      ready: false,
      started: false,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1 } },
    }),
  ],
});

describe('a controller that starts anew', () => {
  test('changes nothing: no status flaps, nothing is restarted, and a deletion finishes', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    world.connect();
    for (const name of ['one', 'two', 'looping', 'done', 'leaving'])
      world.api.create(aPod({ uid: name, name }));
    await world.settle();
    for (const agent of world.agents.values()) {
      agent.report('done', endedStatus(0));
      agent.report('looping', crashLooping);
    }
    await world.settle();
    world.api.deleteGracefully('leaving');
    await world.settle();
    await world.kill();
    world.api.writes.length = 0;

    world.start();
    await world.pass(5);
    world.connect();
    await world.pass(5);
    assert.deepEqual(world.api.writes, []);
    const owner = [...world.agents.values()].find(({ pods }) => pods.has('leaving'));
    owner?.stopped('leaving');
    await world.settle();
    assert.deepEqual(verbs(world), ['status', 'delete']);
    assert.equal(phase(world, 'done'), 'Succeeded');
    assert.equal(world.api.get('looping')?.status?.containerStatuses?.[0]?.restartCount, 4);
  });

  test('does nothing at all before both lists are complete', async () => {
    await using world = await withRunningPod();
    await world.kill();
    world.agent('a').heard.length = 0;
    world.start({ listPods: false, listAgents: false });
    world.connect();
    world.agent('a').report('uid-web', runningStatus());
    await world.pass(60);
    world.listAgents();
    await world.pass(60);
    assert.deepEqual(world.agent('a').heard, []);
    world.api.watch(world.now.pods);
    await world.settle();
    assert.deepEqual(world.agent('a').heard, ['object services/default unknown', 'snapshot uid-web']);
  });

  test('acknowledges the end of pods whose objects are gone already', async () => {
    await using world = await withRunningPod();
    world.api.deleteGracefully('uid-web');
    await world.settle();
    await world.kill();
    world.agent('a').stopped('uid-web');
    world.api.forceDelete('uid-web');
    world.start({ listPods: false });
    world.connect();
    await world.settle();
    assert.equal(world.agent('a').tombstones.size, 1);
    world.api.watch(world.now.pods);
    await world.settle();
    assert.equal(world.agent('a').tombstones.size, 0);
  });
});
