import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { condition } from '../../../../controller/model/agent.ts';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

function readyOf(world: Reconcilers, name = 'a') {
  const agent = world.agentObjects.get(`uid-${name}`);
  return agent && condition(agent, 'Ready');
}

const agentInfo = (world: Reconcilers, name = 'a') =>
  world.now.view.agents([]).find((agent) => agent.name === name);

describe('an agent', () => {
  test('that connects is ready, with the facts of its machine', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    assert.equal(readyOf(world)?.reason, 'AgentConnected');
    const status = world.agentObjects.get('uid-a')?.status;
    assert.equal(status?.hostname, 'a');
    assert.equal(status?.bootID, 'boot');
    assert.equal(status?.allocatable?.['cpu'], '4');
    assert.equal(status?.lastSeen, '2026-01-01T00:00:00Z');
    assert.deepEqual(
      world.events.map(({ reason }) => reason),
      ['AgentConnected'],
    );
  });

  test('is told of with its clock and what it uses, for as long as it is connected', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    const clock = () => world.now.view.health()[0]?.clockAheadMs;
    assert.deepEqual([clock(), agentInfo(world)?.used], [undefined, {}]);
    const timeMs = world.clock.now() - 61_000;
    world.agent('a').vitals({ timeMs, used: { cpuMilli: 250, memoryBytes: 1024 } });
    assert.deepEqual([clock(), agentInfo(world)?.used], [-61_000, { cpu: '250m', memory: '1024' }]);
    world.agent('a').vitals({ timeMs: 0 });
    assert.equal(clock(), -61_000, 'an agent that tells no time has none');
    world.agent('a').disconnect();
    await world.settle();
    assert.deepEqual([clock(), agentInfo(world)?.used], [undefined, {}]);
    const [health] = world.now.view.health();
    assert.deepEqual([health?.connected, health?.ready], [false, true]);
  });

  test('shows its pods, what they request, and until when its certificate counts; not at every change', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const shown = () => {
      const { pods, used, certificateExpires } = world.agentObjects.get('uid-a')?.status ?? {};
      return [pods, used?.['cpu'], certificateExpires];
    };
    const until = '2026-04-01T00:00:00Z';
    await world.settle();
    assert.deepEqual(shown(), [0, undefined, until]);
    const resources = { requests: { cpu: '500m' } };
    const containers = [{ name: 'main', image: 'busybox', resources }];
    const create = (name: string) =>
      world.api.create(aPod({ uid: `uid-${name}`, name, spec: { containers } }));
    create('one');
    await world.pass(11);
    assert.deepEqual(shown(), [1, '500m', until]);
    const version = () => Number(world.agentObjects.get('uid-a')?.metadata.resourceVersion);
    const before = version();
    for (const name of ['two', 'three', 'four']) {
      create(name);
      await world.pass(2);
    }
    assert.deepEqual([shown()[0], version() - before], [1, 0], 'its turn has not come');
    await world.pass(5);
    assert.deepEqual(shown(), [4, '2', until]);
    const last = version();
    await world.kill();
    world.start();
    world.connect();
    await world.pass(60);
    assert.equal(version(), last, 'a new controller writes what is there already');
    world.agent('a').renewed(Date.parse('2026-07-01T00:00:00Z'));
    await world.settle();
    assert.equal(shown()[2], '2026-07-01T00:00:00Z');
  });

  test('that comes back from another boot says so, once', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    world.agent('a').bootId = 'next';
    world.connect();
    await world.pass(15);
    world.connect();
    await world.settle();
    assert.deepEqual(
      world.events.filter(({ reason }) => reason === 'Rebooted').map(({ type, message }) => [type, message]),
      [['Warning', 'agent a has been rebooted, boot id: next']],
    );
  });

  test('that joins long after the controller began is not lost before its first session', async () => {
    await using world = new Reconcilers();
    world.start();
    await world.pass(100);
    world.addAgent('late');
    await world.pass(30);
    assert.equal(readyOf(world, 'late'), undefined);
    await world.pass(12);
    assert.equal(readyOf(world, 'late')?.status, 'False');
  });

  test('that falls silent is lost after 40 s, not before, and its last sign of life is kept', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.pass(10);
    world.agent('a').disconnect();
    await world.pass(38);
    assert.equal(readyOf(world)?.status, 'True');
    assert.equal(agentInfo(world)?.reason, 'reconnecting');
    await world.pass(4);
    assert.equal(readyOf(world)?.reason, 'AgentUnreachable');
    const lastSeen = Date.parse(world.agentObjects.get('uid-a')?.status?.lastSeen ?? '');
    assert.ok(
      lastSeen >= Date.parse('2026-01-01T00:00:08Z') && lastSeen <= Date.parse('2026-01-01T00:00:11Z'),
    );
  });

  test('whose session lives but says nothing is lost as well, and is back with its next word', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.clock.advance(45_000);
    assert.equal(readyOf(world)?.status, 'False');
    assert.equal(
      world.api.get('uid-web')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
      'False',
    );
    world.agent('a').heartbeat();
    await world.settle();
    assert.equal(readyOf(world)?.status, 'True');
    assert.equal(
      world.api.get('uid-web')?.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
      'True',
    );
  });

  test('heartbeats write nothing', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    const version = world.agentObjects.get('uid-a')?.metadata.resourceVersion;
    await world.pass(120);
    assert.equal(world.agentObjects.get('uid-a')?.metadata.resourceVersion, version);
  });

  test('whose object is removed loses its session, and its pods have failed with it', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    const link = world.agent('a').link;
    world.removeAgent('a');
    await world.settle();
    assert.equal(link?.closed, 'the Agent object was removed');
    const { phase, reason, message } = world.api.get('uid-web')?.status ?? {};
    assert.deepEqual([phase, reason], ['Failed', 'NodeLost']);
    assert.equal(message, 'agent a, which was running the pod, is no more');
    assert.ok(!world.api.writes.some(({ verb }) => verb === 'delete'));
  });

  test('that is being removed gets no pods, and goes when its last pod has gone', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    const object = world.agentObjects.get('uid-a');
    assert.ok(object);
    const metadata = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    world.putAgent({ ...object, metadata });
    await world.pass(10);
    assert.ok(world.agentObjects.has('uid-a'), 'it holds a pod');
    assert.equal(world.now.registry.agents()[0]?.leaving, true);
    assert.equal(world.now.view.agents([])[0]?.removing, true);
    world.api.deleteGracefully('uid-web');
    await world.settle();
    world.agent('a').stopped('uid-web');
    await world.pass(2);
    assert.ok(!world.agentObjects.has('uid-a'));
  });

  test('that is being removed stays while a placement on it is being written', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const written = Promise.withResolvers<void>();
    world.api.beforeStatus = () => written.promise;
    world.api.create(aPod());
    await world.settle();
    const object = world.agentObjects.get('uid-a');
    assert.ok(object);
    const metadata = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    world.putAgent({ ...object, metadata });
    await world.pass(10);
    const stayed = world.agentObjects.has('uid-a');
    written.resolve();
    await world.settle();
    assert.ok(stayed, 'the pod may be placed on it already');
    assert.ok(world.agentObjects.has('uid-a'));
  });

  test('that is being removed stays until pods have been listed', async () => {
    await using world = new Reconcilers();
    world.start({ listPods: false });
    const object = world.agentObjects.get('uid-a');
    assert.ok(object);
    world.putAgent({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    });
    await world.pass(10);
    assert.ok(world.agentObjects.has('uid-a'));
  });

  test('whose Docker is down is offered no pods', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.settle();
    assert.equal(world.now.registry.agents()[0]?.ready, true);
    const entry = world.now.registry.get('uid-a');
    assert.ok(entry?.facts);
    const down = { type: 'EngineReady', status: 'False', reason: 'x', message: '' };
    world.now.agents.facts({ name: 'a', uid: 'uid-a' }, { ...entry.facts, conditions: [down] });
    assert.equal(world.now.registry.agents()[0]?.ready, false);
  });

  test('reports figures within bounds only', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    const { agents } = world.now;
    const capacity = {
      cpu: '4',
      memory: 'much',
      'Not A Name': '1',
      ...Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`r${i}`, '1'])),
    };
    agents.facts(
      { name: 'a', uid: 'uid-a' },
      {
        hostname: 'h'.repeat(9999),
        os: 'linux',
        arch: 'arm64',
        kernelVersion: '',
        osImage: '',
        machineId: '',
        systemUuid: '',
        engineVersion: '',
        addresses: Array.from({ length: 99 }, () => '192.0.2.1'),
        capacity,
        allocatable: capacity,
        conditions: [
          { type: 'Ready', status: 'False', reason: 'x', message: '' },
          { type: 'DiskPressure', status: 'odd', reason: '', message: '' },
        ],
      },
    );
    await world.settle();
    const status = world.agentObjects.get('uid-a')?.status;
    assert.equal(status?.hostname?.length, 253);
    assert.equal(status?.addresses?.length, 16);
    assert.equal(Object.keys(status?.capacity ?? {}).length, 64);
    assert.equal(status?.capacity?.['memory'], undefined);
    assert.deepEqual(
      status?.conditions?.map(({ type, status }) => [type, status]),
      [
        ['DiskPressure', 'Unknown'],
        ['Ready', 'True'],
      ],
    );
  });
});

describe('a controller that starts anew', () => {
  test('gives agents of before 40 s from its start, and flaps nothing when they come', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.pass(60);
    const before = readyOf(world);
    await world.kill();
    world.start();
    await world.pass(30);
    assert.deepEqual(readyOf(world), before);
    assert.equal(world.now.node.fleet()?.agentsReady, 1);
    world.connect();
    await world.pass(30);
    assert.deepEqual(readyOf(world), before);
  });

  test('loses those that do not come within 40 s', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    await world.pass(5);
    await world.kill();
    world.start();
    await world.pass(38);
    assert.equal(readyOf(world)?.status, 'True');
    await world.pass(4);
    assert.equal(readyOf(world)?.status, 'False');
  });

  test('keeps a lost agent lost, since when it was', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.agent('a').disconnect();
    await world.pass(50);
    const lost = readyOf(world);
    assert.equal(lost?.status, 'False');
    await world.kill();
    world.start();
    await world.pass(100);
    assert.deepEqual(readyOf(world), lost);
  });
});

describe('the images that an agent shall keep', () => {
  const pin = (world: Reconcilers, pinnedImages: readonly string[]) => {
    const object = world.agentObjects.get('uid-a');
    if (object) world.putAgent({ ...object, spec: { ...object.spec, pinnedImages } });
  };

  test('are told in every session, and when they change', async () => {
    await using world = new Reconcilers();
    pin(world, ['web:1']);
    world.start();
    world.connect();
    await world.settle();
    assert.deepEqual(world.agent('a').keptImages, ['web:1']);
    pin(world, ['web:1', 'db:2']);
    assert.deepEqual(world.agent('a').keptImages, ['web:1', 'db:2']);
    pin(world, []);
    assert.deepEqual(world.agent('a').keptImages, []);
  });

  test('are told to an agent whose session is faster than the watch', async () => {
    await using world = new Reconcilers();
    pin(world, ['web:1']);
    world.start({ listAgents: false });
    world.connect();
    assert.equal(world.agent('a').keptImages, undefined);
    world.listAgents();
    assert.deepEqual(world.agent('a').keptImages, ['web:1']);
  });
});
