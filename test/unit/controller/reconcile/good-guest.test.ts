import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Agent, type AgentSpec, condition } from '../../../../controller/model/agent.ts';
import type { OwnerReading } from '../../../../controller/model/guest/yield.ts';
import { toSeconds } from '../../../../controller/model/timestamp.ts';
import { nodePerAgent, type Topology } from '../../../../controller/model/topology.ts';
import { aPod, endedStatus } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

/** The manual clock begins at 2026-01-01T00:00:00Z, a Thursday. */
const NIGHT = { schedule: '1 0 * * *', duration: '2m', timeZone: 'UTC' };

function change(world: Reconcilers, spec: Partial<AgentSpec>, name = 'a'): void {
  const object = world.agentObjects.get(`uid-${name}`);
  if (!object) throw new Error(`no agent ${name}`);
  world.putAgent({ ...object, spec: { ...object.spec, ...spec } });
}

const objectOf = (world: Reconcilers, name = 'a'): Agent | undefined => world.agentObjects.get(`uid-${name}`);

function shown(world: Reconcilers, type: string, name = 'a'): string | undefined {
  const agent = objectOf(world, name);
  const found = agent && condition(agent, type);
  return found && `${found.status} ${found.reason}: ${found.message}`;
}

const told = (world: Reconcilers) =>
  world.events
    .filter(({ about }) => about.kind === 'Agent')
    .map(({ reason, message }) => `${reason}: ${message}`);

const evicted = (world: Reconcilers) =>
  world.api.writes.filter(({ verb }) => verb === 'evict').map(({ uid }) => uid);

async function started(names: readonly string[] = ['a'], topology?: Topology): Promise<Reconcilers> {
  const world = new Reconcilers(names);
  if (topology) world.topology = topology;
  world.start();
  world.connect();
  await world.settle();
  world.events.length = 0;
  return world;
}

/** Lets time pass in which the machine measures this. */
async function measure(world: Reconcilers, seconds: number, owner: OwnerReading): Promise<void> {
  for (let second = 0; second < seconds; second += 10) {
    world.agent('a').vitals({ timeMs: 0, owner });
    await world.pass(10);
  }
}

describe('quiet hours of an agent', () => {
  test('come and go by themselves, and say so', async () => {
    await using world = await started();
    change(world, { quietHours: [NIGHT] });
    await world.settle();
    assert.equal(
      shown(world, 'QuietHours'),
      'False OutsideQuietHours: quiet hours begin at 2026-01-01T00:01:00Z',
    );
    assert.deepEqual(told(world), []);
    await world.pass(62);
    assert.equal(
      shown(world, 'QuietHours'),
      "True InQuietHours: the machine is its owner's until 2026-01-01T00:03:00Z",
    );
    assert.equal(objectOf(world)?.spec.unschedulable, undefined, 'it is no cordon');
    const [info] = world.now.view.agents([]);
    assert.deepEqual([info?.ready, info?.unschedulable, info?.resting], [true, false, 'in quiet hours']);
    assert.deepEqual(
      [world.now.view.status().agentsSchedulable, world.now.view.status().agentsResting],
      [0, 1],
    );
    await world.pass(121);
    assert.equal(
      shown(world, 'QuietHours'),
      'False OutsideQuietHours: quiet hours begin at 2026-01-02T00:01:00Z',
    );
    assert.equal(world.now.view.agents([])[0]?.resting, '');
    assert.deepEqual(told(world), [
      "QuietHoursBegan: the machine is its owner's until 2026-01-01T00:03:00Z",
      'QuietHoursEnded: the machine takes pods again',
    ]);
  });

  test('keep pods away, which come when they end', async () => {
    await using world = await started();
    change(world, { quietHours: [NIGHT] });
    await world.pass(62);
    world.api.create(aPod());
    await world.settle();
    assert.equal(world.now.view.status().waiting?.[0]?.reason, '0/1 agents fit: 1 in quiet hours');
    assert.deepEqual(world.now.node.fleet()?.presence, []);
    await world.pass(122);
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-web']);
  });

  test('end when they are taken from the spec', async () => {
    await using world = await started();
    change(world, { quietHours: [{ ...NIGHT, schedule: '* * * * *' }] });
    await world.settle();
    assert.match(shown(world, 'QuietHours') ?? '', /^True /);
    change(world, { quietHours: [] });
    await world.settle();
    assert.equal(shown(world, 'QuietHours'), undefined);
    assert.equal(told(world).at(-1), 'QuietHoursEnded: the machine takes pods again');
  });

  test('that cannot be understood are said once, and are none', async () => {
    await using world = await started();
    change(world, { quietHours: [{ ...NIGHT, timeZone: 'Mars/Olympus' }] });
    await world.pass(100);
    assert.equal(
      shown(world, 'QuietHours'),
      "Unknown InvalidQuietHours: 'Mars/Olympus' is no time zone; no quiet hours within the next five weeks",
    );
    assert.equal(told(world).length, 1);
  });

  test('hold over a restart of the controller, and nothing is told twice', async () => {
    await using world = await started();
    change(world, { quietHours: [NIGHT] });
    await world.pass(70);
    const since = condition(objectOf(world) as Agent, 'QuietHours')?.lastTransitionTime;
    await world.kill();
    world.start();
    world.api.create(aPod());
    await world.settle();
    assert.equal(world.now.view.agents([])[0]?.resting, 'in quiet hours', 'before it is heard of');
    world.connect();
    await world.pass(2);
    assert.equal(condition(objectOf(world) as Agent, 'QuietHours')?.lastTransitionTime, since);
    assert.equal(told(world).filter((line) => line.startsWith('QuietHoursBegan')).length, 1);
    assert.deepEqual([...world.agent('a').pods], []);
  });
});

describe('the pods of an agent that is left to its owner', () => {
  async function withPods(): Promise<Reconcilers> {
    const world = await started();
    change(world, { quietHours: [NIGHT] });
    world.api.create(aPod());
    world.api.create(aPod({ uid: 'uid-db', name: 'db' }));
    await world.settle();
    return world;
  }

  test('are evicted, whoever made them, and come back by themselves', async () => {
    await using world = await withPods();
    await world.pass(50);
    assert.deepEqual(evicted(world), []);
    await world.pass(14);
    assert.deepEqual(evicted(world).sort(), ['uid-db', 'uid-web']);
    const events = world.events.filter(({ reason }) => reason === 'Evicted');
    assert.deepEqual(events.map(({ about, message }) => `${about.name}: ${message}`).sort(), [
      'db: agent a is in quiet hours',
      'web: agent a is in quiet hours',
    ]);
    world.agent('a').stopped('uid-db');
    world.agent('a').stopped('uid-web');
    world.api.create(aPod({ uid: 'uid-again', name: 'again' }));
    await world.pass(121);
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-again']);
  });

  test('stay while a disruption budget wants it, which is said once, and while nothing is heard of the agent', async () => {
    await using world = await withPods();
    world.api.budgets.set('uid-db', 'Cannot evict pod');
    await world.pass(90);
    assert.deepEqual(
      world.api.pods
        .filter(({ metadata }) => metadata.deletionTimestamp)
        .map(({ metadata }) => metadata.name),
      ['web'],
    );
    assert.deepEqual(
      told(world).filter((line) => line.startsWith('PodsStay')),
      ['PodsStay: default/db: Cannot evict pod'],
    );
  });

  test('that have ended stay to be read, and while the agent is not heard of all do', async () => {
    await using world = await withPods();
    world.agent('a').report('uid-web', endedStatus());
    world.agent('a').disconnect();
    await world.pass(80);
    assert.equal(shown(world, 'QuietHours')?.startsWith('True'), true);
    assert.deepEqual(evicted(world), []);
    world.connect();
    await world.pass(3);
    assert.deepEqual(evicted(world), ['uid-db']);
  });

  test('that a budget held stay when they have ended, or nothing is heard of the agent, by the time it lets them go', async () => {
    await using world = await withPods();
    world.api.budgets.set('uid-db', 'Cannot evict pod').set('uid-web', 'Cannot evict pod');
    await world.pass(70);
    world.agent('a').report('uid-web', endedStatus());
    world.agent('a').disconnect();
    await world.pass(45);
    world.api.budgets.clear();
    await world.pass(15);
    const gone = world.api.pods.filter(({ metadata }) => metadata.deletionTimestamp);
    assert.deepEqual(gone, []);
  });
});

describe('with a node for each machine, the pods of one that is left to its owner', () => {
  const gone = (world: Reconcilers) =>
    world.api.pods.filter(({ metadata }) => metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
  /** Made now, by the API server's clock. */
  const on = (world: Reconcilers, name: string, { ownerKind = '', clockAheadMs = 0 } = {}) => {
    const owner = { apiVersion: 'apps/v1', kind: ownerKind, name: 'x', uid: 'x', controller: true };
    const metadata = {
      creationTimestamp: toSeconds(world.clock.now() + clockAheadMs),
      ...(ownerKind !== '' && { ownerReferences: [owner] }),
    };
    return aPod({ ...{ uid: `uid-${name}`, name, metadata }, spec: { nodeName: 'longshore-a' } });
  };

  async function quietSoon(): Promise<Reconcilers> {
    const world = await started(['a', 'b'], nodePerAgent('longshore'));
    change(world, { quietHours: [{ ...NIGHT, duration: '10h' }] });
    return world;
  }

  test('are cleared away too when they were bound to it just then, whoever made them, but for those of DaemonSets', async () => {
    await using world = await quietSoon();
    await world.pass(62);
    world.api.create(on(world, 'bare'));
    world.api.create(on(world, 'replica', { ownerKind: 'ReplicaSet' }));
    world.api.create(on(world, 'daemon', { ownerKind: 'DaemonSet' }));
    world.api.create(aPod({ uid: 'uid-b', name: 'elsewhere', spec: { nodeName: 'longshore-b' } }));
    await world.pass(12);
    assert.deepEqual(world.api.pods.map(({ metadata }) => metadata.name).sort(), ['daemon', 'elsewhere']);
    assert.deepEqual([...world.agent('a').pods], []);
    assert.deepEqual(
      world.events.filter(({ reason }) => reason === 'Evicted').map(({ about }) => about.name),
      ['bare', 'replica'],
    );
    await world.pass(600);
    assert.deepEqual(evicted(world), ['uid-bare', 'uid-replica']);
  });

  test('are made anew on it once at most by who ignores that it takes none, however the clocks differ by seconds', async () => {
    for (const clockAheadMs of [-3000, 0, 3000]) {
      await using world = await quietSoon();
      for (let second = 0; second < 660; second++) {
        if (world.api.pods.length === 0)
          world.api.create(on(world, `replica-${second}`, { ownerKind: 'ReplicaSet', clockAheadMs }));
        await world.pass(1);
        const [pod] = world.api.pods;
        if (pod?.metadata.deletionTimestamp) world.agent('a').stopped(pod.metadata.uid);
      }
      const count = evicted(world).length;
      assert.ok(count >= 1 && count <= 2, `${count} evictions, clock ahead by ${clockAheadMs} ms`);
      assert.equal(world.api.pods.length, 1, 'the last one waits');
      await world.kill();
      world.start();
      world.connect();
      await world.pass(60);
      assert.equal(evicted(world).length, count, 'for the next controller too');
    }
  });

  test('are evicted when the cluster sees that the machine takes none, or a little later', async () => {
    for (const seenAfter of [5, undefined]) {
      await using world = await quietSoon();
      world.closedNodes = (nodeName) => nodeName !== 'longshore-a';
      world.api.create(on(world, 'web'));
      await world.pass(66);
      assert.deepEqual(gone(world), []);
      if (seenAfter !== undefined) world.closedNodes = () => true;
      await world.pass(seenAfter ?? 7);
      assert.deepEqual(gone(world), ['web']);
    }
  });
});

describe('an agent yields to its owner', () => {
  const yieldWhen = { ownerLoadPercent: 50, afterSeconds: 30, returnAfterSeconds: 60 };

  test('while it measures that it must, and takes pods again when that is over', async () => {
    await using world = await started();
    change(world, { yieldWhen });
    await measure(world, 40, { loadPercent: 5 });
    assert.equal(shown(world, 'Yielding'), 'False NoThresholdCrossed: no threshold is crossed');
    await measure(world, 50, { loadPercent: 90 });
    assert.equal(
      shown(world, 'Yielding'),
      'True OwnerLoad: the owner uses 90 % of the CPU, from 50 % on it is theirs',
    );
    world.api.create(aPod());
    await world.settle();
    assert.equal(world.now.view.status().waiting?.[0]?.reason, '0/1 agents fit: 1 yielding to its owner');
    await measure(world, 50, { loadPercent: 1 });
    assert.match(shown(world, 'Yielding') ?? '', /^True/);
    await measure(world, 30, { loadPercent: 1 });
    assert.match(shown(world, 'Yielding') ?? '', /^False/);
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-web']);
    assert.deepEqual(told(world), [
      'Yielding: the owner uses 90 % of the CPU, from 50 % on it is theirs',
      'Returned: its owner needs the machine no more; it takes pods again',
    ]);
  });

  test('and what it measures writes nothing but that', async () => {
    await using world = await started();
    change(world, { yieldWhen: { ...yieldWhen, temperatureCelsius: 70 } });
    await measure(world, 20, { loadPercent: 5 });
    const version = objectOf(world)?.metadata.resourceVersion;
    for (let load = 1; load < 30; load++) await measure(world, 10, { loadPercent: load });
    assert.equal(objectOf(world)?.metadata.resourceVersion, version);
    assert.equal(
      shown(world, 'Yielding'),
      'False NoThresholdCrossed: no threshold is crossed; this machine does not measure: temperature',
    );
  });

  test('and goes on doing so while it is not heard of, and over a restart of the controller', async () => {
    await using world = await started();
    change(world, { yieldWhen });
    await measure(world, 50, { loadPercent: 90 });
    world.agent('a').disconnect();
    await world.pass(120);
    assert.match(shown(world, 'Yielding') ?? '', /^True OwnerLoad/);
    await world.kill();
    world.start();
    world.connect();
    await world.pass(100);
    assert.match(shown(world, 'Yielding') ?? '', /^True OwnerLoad/);
    await measure(world, 80, { loadPercent: 1 });
    assert.match(shown(world, 'Yielding') ?? '', /^False/);
  });
});

test("the owner's share is taken off what pods may request, once", async () => {
  await using world = await started();
  change(world, { ownerShare: { cpu: '1500m', memory: '1Gi', 'example.com/none': '3' } });
  await world.settle();
  const before = { ...objectOf(world)?.status?.allocatable };
  world.connect();
  await world.pass(30);
  assert.deepEqual(objectOf(world)?.status?.allocatable, before);
  assert.equal(before['cpu'], '2500m');
  assert.equal(objectOf(world)?.status?.capacity?.['cpu'], '4');
  assert.equal(world.now.view.agents([])[0]?.allocatable?.['cpu'], '2500m');
  change(world, { ownerShare: { cpu: '64' } });
  await world.settle();
  assert.equal(objectOf(world)?.status?.allocatable?.['cpu'], '0');
});
