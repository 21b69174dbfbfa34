import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import { aPod } from '../../../kit/pods.ts';
import { phase, Reconcilers, reasons, verbs } from '../../../kit/reconcilers.ts';

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
