// What agents say they use, from being asked for it to being shown, over the same reconcilers as everywhere.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { resourceMetrics } from '../../../../controller/model/figures/resource-metrics.ts';
import { statsSummary } from '../../../../controller/model/figures/summary.ts';
import { nodePerAgent, oneNode, type Topology } from '../../../../controller/model/topology.ts';
import { nodeFigures } from '../../../../controller/reconcile/node-figures.ts';
import { containerUse, podUse, statsReport } from '../../../kit/figures.ts';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

const never = new AbortController().signal;

async function aFleet(names: readonly string[], topology: Topology = oneNode('longshore')) {
  const world = new Reconcilers(names);
  world.topology = topology;
  const { stats, agents, registry, pods, view } = world.start();
  world.connect();
  await world.settle();
  return {
    world,
    stats,
    view,
    asked: (name: string) => world.agent(name).heard.filter((line) => line.startsWith('watch stats')).length,
    tell: (name: string, report = statsReport()) => agents.stats(world.agent(name).identity, report),
    figures: (nodeName = 'longshore') => nodeFigures(nodeName, { registry, pods, stats, startedAtMs: 0 }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Whether it has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  return settled;
}

describe('whoever looks', () => {
  it('has the agents asked, and waits for the first answer of each', async () => {
    await using fleet = await aFleet(['a', 'b']);
    assert.equal(fleet.asked('a'), 0, 'nobody looks');
    const looking = fleet.stats.look({ nodeName: 'longshore' }, never);
    assert.deepEqual([fleet.asked('a'), fleet.asked('b')], [1, 1]);
    fleet.tell('a');
    assert.equal(await isSettled(looking), false);
    fleet.tell('b');
    assert.equal(await isSettled(looking), true);
    assert.equal(await isSettled(fleet.stats.look({ nodeName: 'longshore' }, never)), true);
    assert.equal(fleet.asked('a'), 1, 'it was asked a moment ago');
  });

  it('keeps them measuring, and no longer than somebody looks', async () => {
    await using fleet = await aFleet(['a']);
    for (let minute = 0; minute < 10; minute++) {
      fleet.tell('a');
      void fleet.stats.look({ nodeName: 'longshore' }, never);
      await fleet.world.pass(60);
    }
    assert.equal(fleet.asked('a'), 5, 'each time that half of the time has run out');
    const { length } = fleet.world.agent('a').heard;
    await fleet.world.pass(600);
    assert.equal(fleet.world.agent('a').heard.length, length);
  });

  it('is kept by no agent that hangs, after the first time not even for a moment', async () => {
    await using fleet = await aFleet(['a', 'hangs']);
    fleet.tell('a');
    const first = fleet.stats.look({ nodeName: 'longshore' }, never);
    assert.equal(await isSettled(first), false);
    await fleet.world.clock.advance(900);
    assert.equal(await isSettled(first), true);
    assert.equal(await isSettled(fleet.stats.look({ nodeName: 'longshore' }, never)), true);
    assert.deepEqual(
      fleet.figures().machines.map(({ agent }) => agent),
      ['a'],
    );
  });

  it('waits again for an agent that was slow once, when it has told something', async () => {
    await using fleet = await aFleet(['slow']);
    const first = fleet.stats.look({ nodeName: 'longshore' }, never);
    await fleet.world.clock.advance(900);
    assert.equal(await isSettled(first), true);
    fleet.tell('slow');
    await fleet.world.pass(600);
    const later = fleet.stats.look({ nodeName: 'longshore' }, never);
    assert.equal(await isSettled(later), false);
    fleet.tell('slow');
    assert.equal(await isSettled(later), true);
  });

  it('asks anew in a new session', async () => {
    await using fleet = await aFleet(['a']);
    void fleet.stats.look({ nodeName: 'longshore' }, never);
    fleet.world.connect('a');
    void fleet.stats.look({ nodeName: 'longshore' }, never);
    assert.equal(fleet.asked('a'), 2);
  });

  it('at one node asks the agents of that node', async () => {
    await using fleet = await aFleet(['a', 'b'], nodePerAgent('longshore'));
    void fleet.stats.look({ nodeName: 'longshore-a' }, never);
    assert.deepEqual([fleet.asked('a'), fleet.asked('b')], [1, 0]);
  });

  it('may wait for rates, which take two measurements', async () => {
    await using fleet = await aFleet(['a']);
    const looking = fleet.stats.look({ nodeName: undefined, rates: true }, never);
    fleet.tell('a', statsReport({ machine: { cpu: { usageUsec: 1 } } }));
    assert.equal(await isSettled(looking), false);
    fleet.tell('a');
    assert.equal(await isSettled(looking), true);
  });

  it('waits once for rates of an agent that never tells them', async () => {
    await using fleet = await aFleet(['a']);
    const tell = () => fleet.tell('a', statsReport({ machine: { cpu: { usageUsec: 1 } } }));
    const look = () => fleet.stats.look({ nodeName: undefined, rates: true }, never);
    tell();
    const first = look();
    assert.equal(await isSettled(first), false);
    await fleet.world.clock.advance(2500);
    assert.equal(await isSettled(first), true);
    tell();
    assert.equal(await isSettled(look()), true);
  });
});

describe('the figures of a node', () => {
  it('are of the pods that are on the agent that tells, and of no others', async () => {
    await using fleet = await aFleet(['a', 'b']);
    fleet.world.api.create(aPod());
    await fleet.world.settle();
    const holder = ['a', 'b'].find((name) => fleet.world.agent(name).pods.has('uid-web')) ?? '';
    const other = holder === 'a' ? 'b' : 'a';
    fleet.tell(other);
    assert.deepEqual(fleet.figures().pods, [], 'it is not its pod');
    fleet.tell(holder, statsReport({ pods: [podUse({ ageMs: 700 }), podUse({ uid: 'uid-of-nobody' })] }));
    const [found, ...more] = fleet.figures().pods;
    assert.equal(found?.pod.metadata.name, 'web');
    assert.equal(found?.atMs, fleet.world.clock.now() - 700);
    assert.deepEqual(more, []);
    assert.equal(fleet.figures().machines.length, 2);
  });

  it('have one clock, whatever the agent’s says', async () => {
    for (const aheadMs of [3_600_000, -3_600_000]) {
      await using fleet = await aFleet(['a']);
      fleet.world.api.create(aPod());
      await fleet.world.settle();
      const { clock } = fleet.world;
      await fleet.world.pass(5);
      const startedAtMs = clock.now() + aheadMs;
      await fleet.world.pass(20);
      const starts = new Set<unknown>();
      for (const lateMs of [0, 250, 30]) {
        const pods = [podUse({ containers: [containerUse({ startedAtMs })] })];
        fleet.tell('a', statsReport({ pods, timeMs: clock.now() + aheadMs - lateMs }));
        const figures = fleet.figures();
        const text = [...expositionText(resourceMetrics(figures))].join('');
        const sample = (name: string) => new RegExp(`^${name}{.*} (\\S+)(?: (\\d+))?$`, 'm').exec(text) ?? [];
        const [, start] = sample('container_start_time_seconds');
        const [, , cpuAt] = sample('container_cpu_usage_seconds_total');
        assert.ok(Number(start) * 1000 < Number(cpuAt), text);
        const [pod] = JSON.parse(JSON.stringify(statsSummary(figures, { brief: true })['pods']));
        assert.ok(pod.startTime <= pod.containers[0].startTime, JSON.stringify(pod));
        assert.ok(pod.containers[0].startTime < pod.containers[0].cpu.time, JSON.stringify(pod));
        starts.add(start).add(pod.containers[0].startTime).add(pod.startTime);
        await fleet.world.pass(10);
      }
      assert.equal(starts.size, 3, [...starts].join());
    }
  });

  it('go on without an agent that is gone, its count kept', async () => {
    await using fleet = await aFleet(['a', 'b']);
    const machine = (usageUsec: number) => statsReport({ machine: { cpu: { usageUsec } }, pods: [] });
    fleet.tell('a', machine(1000));
    fleet.tell('b', machine(50_000));
    await fleet.world.pass(10);
    fleet.tell('a', machine(1100));
    fleet.tell('b', machine(50_010));
    assert.equal(fleet.figures().counters?.cpuUsec, 1110);
    fleet.world.agent('b').disconnect();
    for (let turn = 0; turn < 7; turn++) {
      await fleet.world.pass(10);
      fleet.tell('a', machine(1200));
    }
    assert.deepEqual(
      fleet.figures().machines.map(({ agent }) => agent),
      ['a'],
    );
    assert.equal(fleet.figures().counters?.cpuUsec, 1210);
    fleet.tell('b', machine(90_000));
    assert.equal(fleet.figures().counters?.cpuUsec, 1210, 'what it did meanwhile is no leap');
  });

  it('count for longer while the agent is connected: some have to ask their engine, which takes its time', async () => {
    await using fleet = await aFleet(['a', 'b']);
    for (const name of ['a', 'b']) fleet.tell(name);
    fleet.world.agent('b').disconnect();
    const told = () => fleet.figures().machines.map(({ agent }) => agent);
    await fleet.world.pass(59);
    assert.deepEqual(told(), ['a', 'b']);
    await fleet.world.pass(100);
    assert.deepEqual(told(), ['a']);
    await fleet.world.pass(30);
    assert.deepEqual(told(), []);
  });

  it('are shown to operators who look at pods, for as long as the pod’s agent is connected', async () => {
    await using fleet = await aFleet(['a']);
    fleet.world.api.create(aPod());
    await fleet.world.settle();
    const looking = fleet.view.measuredPods({ agent: '', namespace: '', labels: [] });
    fleet.tell('a');
    assert.deepEqual(
      (await looking).map(({ name, used }) => [name, used]),
      [['web', { cpu: '250m', memory: '4000' }]],
    );
    assert.deepEqual(
      fleet.view.pods({ agent: '', namespace: '', labels: [] }).map(({ used }) => used),
      [undefined],
    );
    fleet.world.agent('a').disconnect();
    const [pod] = await fleet.view.measuredPods({ agent: 'a', namespace: 'default', labels: [] });
    assert.deepEqual(pod?.used, {});
  });

  it('are each agent’s own where it has a node of its own', async () => {
    await using fleet = await aFleet(['a', 'b'], nodePerAgent('longshore'));
    fleet.tell('a', statsReport({ machine: { cpu: { usageUsec: 7 } } }));
    fleet.tell('b', statsReport({ machine: { cpu: { usageUsec: 9 } } }));
    assert.equal(fleet.figures('longshore-a').counters?.cpuUsec, 7);
    assert.equal(fleet.figures('longshore-b').counters?.cpuUsec, 9);
    assert.deepEqual(
      fleet.figures('longshore-b').machines.map(({ agent }) => agent),
      ['b'],
    );
  });
});
