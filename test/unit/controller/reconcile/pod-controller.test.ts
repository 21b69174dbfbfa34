import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import type { PodPreconditions } from '../../../../controller/reconcile/pod-writer.ts';
import { aContainerStatus, aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';
import { Reconcilers, withRunningPod } from '../../../kit/reconcilers.ts';

const phase = (world: Reconcilers, uid = 'uid-web') => world.api.get(uid)?.status?.phase;
const ready = (world: Reconcilers, uid = 'uid-web') =>
  world.api.get(uid)?.status?.conditions?.find(({ type }) => type === 'Ready');
const verbs = (world: Reconcilers) => world.api.writes.map(({ verb }) => verb);
const reasons = (world: Reconcilers) => world.events.map(({ reason }) => reason);

describe('a new pod', () => {
  test('is placed in the API before its agent hears of it, and its status follows the agent', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.holdWatch();
    world.api.create(aPod());
    world.api.releaseWatch();
    await world.settle();
    assert.deepEqual(readPlacement(world.api.get('uid-web')?.status), {
      kind: 'placed',
      agent: 'a',
      agentUid: 'uid-a',
    });
    assert.deepEqual(world.agent('a').heard, ['snapshot', 'upsert uid-web']);
    assert.equal(phase(world), 'Running');
    assert.deepEqual(verbs(world), ['status', 'status', 'annotate']);
    assert.equal(world.api.get('uid-web')?.metadata.annotations?.['longshore.dev/agent'], 'a');
  });

  test('counts once as started, from its creation on', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const pod = aPod();
    const createdAtMs = world.clock.now() - 5000;
    const creationTimestamp = new Date(createdAtMs).toISOString();
    world.api.create({ ...pod, metadata: { ...pod.metadata, creationTimestamp } });
    await world.settle();
    assert.equal(phase(world), 'Running');
    assert.deepEqual(world.startsMs, [world.clock.now() - createdAtMs]);
    world.connect();
    await world.settle();
    assert.equal(world.startsMs.length, 1);
  });

  test('is not dispatched when its placement could not be written, and is placed once it can', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    world.api.failures.push({ verb: 'status', applied: false });
    world.api.create(aPod());
    await world.settle();
    assert.deepEqual(world.agent('a').heard, ['snapshot']);
    await world.pass(5);
    assert.equal(phase(world), 'Running');
  });

  test('whose placement was written but the answer lost stays on that agent', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    world.connect();
    world.api.holdWatch();
    world.api.create(aPod());
    world.api.failures.push({ verb: 'status', applied: true });
    world.api.releaseWatch();
    await world.pass(5);
    assert.deepEqual([...world.agent('a').everRan], ['uid-web']);
    assert.deepEqual([...world.agent('b').everRan], []);
  });

  test('whose placement was written unseen is not placed elsewhere, though its agent takes nobody now', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    world.connect();
    world.api.create(aPod());
    world.api.holdWatch();
    world.api.failures.push({ verb: 'status', applied: true });
    await world.settle();
    const object = world.agentObjects.get('uid-a');
    if (object) world.putAgent({ ...object, spec: { ...object.spec, unschedulable: true } });
    await world.pass(5);
    assert.deepEqual([...world.agent('b').everRan], []);
    world.api.releaseWatch();
    await world.pass(20);
    assert.deepEqual([...world.agent('a').everRan], ['uid-web']);
    assert.deepEqual([...world.agent('b').everRan], []);
  });

  test('that fits nowhere waits with its reasons, told once, until the fleet changes', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    world.connect('a');
    const requests = { cpu: '3' };
    const wish = (name: string) => ({
      uid: `uid-${name}`,
      name,
      spec: { containers: [{ name: 'main', resources: { requests } }] },
    });
    world.api.create(aPod(wish('one')));
    await world.settle();
    world.api.create(aPod(wish('two')));
    await world.pass(3);
    const record = readPlacement(world.api.get('uid-two')?.status);
    assert.equal(
      record.kind === 'waiting' && record.message,
      '0/2 agents fit: 1 insufficient cpu, 1 not ready',
    );
    assert.equal(phase(world, 'uid-two'), 'Pending');
    assert.equal(reasons(world).filter((reason) => reason === 'FailedPlacement').length, 1);
    assert.equal(
      world.now.view.pods({ agent: '', namespace: '', labels: [] })[1]?.waitingReason,
      '0/2 agents fit: 1 insufficient cpu, 1 not ready',
    );
    world.connect('b');
    await world.settle();
    assert.deepEqual([...world.agent('b').everRan], ['uid-two']);
  });

  test('takes the room of one that is gone', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const full = (name: string) => ({
      uid: `uid-${name}`,
      name,
      spec: { containers: [{ name: 'main', resources: { requests: { cpu: '4' } } }] },
    });
    world.api.create(aPod(full('one')));
    world.api.create(aPod(full('two')));
    await world.settle();
    assert.equal(phase(world, 'uid-two'), 'Pending');
    world.api.deleteGracefully('uid-one');
    await world.settle();
    assert.equal(phase(world, 'uid-two'), 'Pending');
    world.agent('a').stopped('uid-one');
    await world.settle();
    assert.equal(phase(world, 'uid-two'), 'Running');
  });

  test('is rejected when it is for another system', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod({ metadata: { generation: 1 }, spec: { os: { name: 'windows' } } }));
    await world.settle();
    const status = world.api.get('uid-web')?.status;
    assert.equal(status?.phase, 'Failed');
    assert.equal(status?.reason, 'PodOSNotSupported');
    assert.equal(status?.observedGeneration, 1);
    assert.match(status?.message ?? '', /^Pod was rejected: Failed to admit pod/);
    assert.match(world.events.at(-1)?.message ?? '', /^Failed to admit pod/);
    assert.equal(status?.containerStatuses, undefined);
    assert.deepEqual(reasons(world).slice(-1), ['PodOSNotSupported']);
  });

  test('with an annotation that says nothing that can be is told so, once until it says something else', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const annotations = { 'longshore.dev/on-disconnect': 'Keep', 'longshore.dev/unplaceable': 'reject' };
    world.api.create(aPod({ metadata: { annotations } }));
    await world.settle();
    assert.equal(phase(world), 'Running');
    const told = () =>
      world.events.filter(({ reason }) => reason === 'UnsupportedAnnotation').map(({ message }) => message);
    const onDisconnect =
      'metadata.annotations[longshore.dev/on-disconnect]: Unsupported value: "Keep": supported values: "evict", "keep"';
    assert.deepEqual(told(), [`${onDisconnect}; taken as not set`]);
    world.api.edit('uid-web', ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, 'longshore.dev/unplaceable': 'x'.repeat(200_000) };
    });
    await world.settle();
    const long = `"${'x'.repeat(60)}…": supported values: "reject"`;
    const unplaceable = `metadata.annotations[longshore.dev/unplaceable]: Unsupported value: ${long}`;
    assert.deepEqual(told().slice(1), [`${onDisconnect}; ${unplaceable}; taken as not set`]);
    world.api.edit('uid-web', ({ metadata }) => {
      metadata.annotations = { 'longshore.dev/on-disconnect': 'keep' };
    });
    await world.settle();
    assert.equal(told().length, 2);
  });

  test('with such an annotation is not told so again by the next controller', async () => {
    await using world = new Reconcilers();
    const pod = aPod({ metadata: { annotations: { 'longshore.dev/on-disconnect': 'Keep' } } });
    pod.status?.conditions?.push({ type: 'longshore.dev/Placed', status: 'False', message: 'no agent fits' });
    world.api.create(pod);
    world.start();
    world.connect();
    await world.settle();
    assert.equal(phase(world), 'Running');
    assert.ok(!reasons(world).includes('UnsupportedAnnotation'));
  });

  test('with an unreadable placement is left alone, said once', async () => {
    await using world = new Reconcilers();
    const pod = aPod();
    pod.status?.conditions?.push({ type: 'longshore.dev/Placed', status: 'True', message: 'agent=?' });
    world.api.create(pod);
    world.start();
    world.connect();
    await world.settle();
    world.api.deleteGracefully('uid-web');
    await world.pass(60);
    assert.deepEqual(world.api.writes, []);
    assert.equal(reasons(world).filter((reason) => reason === 'PlacementUnreadable').length, 1);
  });
});

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
