import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelSelector } from '../../../../controller/rpc/decode-fleet.ts';
import { aPod, runningStatus } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

const agentInfo = (world: Reconcilers, name = 'a') =>
  world.now.view.agents([]).find((agent) => agent.name === name);

describe('the fleet as operators see it', () => {
  test('adds up agents, pods and what waits', async () => {
    await using world = new Reconcilers(['a', 'b']);
    world.start();
    assert.equal(world.now.view.status().nodeReady, false);
    world.connect();
    const wish = (name: string, cpu: string) =>
      aPod({
        uid: `uid-${name}`,
        name,
        spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }] },
      });
    world.api.create(wish('small', '1'));
    world.api.create(wish('huge', '40'));
    await world.settle();
    const status = world.now.view.status();
    assert.equal(status.nodeReady, true);
    assert.equal(status.agentsSchedulable, 2);
    assert.deepEqual(status.podsByPhase, { Running: 1, Pending: 1 });
    assert.deepEqual(status.allocatable, {
      cpu: '8',
      'ephemeral-storage': '200Gi',
      memory: '16Gi',
      pods: '20',
    });
    assert.deepEqual(status.waiting, [
      { namespace: 'default', name: 'huge', reason: '0/2 agents fit: 2 insufficient cpu' },
    ]);
    assert.deepEqual(agentInfo(world)?.requested, { cpu: '1', pods: '1' });
    const [huge, small] = world.now.view.pods({ agent: '', namespace: '', labels: [] });
    assert.equal(huge?.status, 'Pending');
    assert.deepEqual([small?.status, small?.agent, small?.containersReady], ['Running', 'a', 1]);
    assert.deepEqual(world.now.view.pods({ agent: 'b', namespace: '', labels: [] }), []);
    assert.deepEqual(
      world.now.view.agent('a')?.pods?.map((on) => [on.pod?.name, on.requests?.['cpu']]),
      [['small', '1']],
    );
    assert.equal(world.now.view.agent('none'), undefined);
    const explained = (name: string) => world.now.view.explain({ namespace: 'default', name });
    assert.deepEqual(
      explained('huge')?.verdicts?.map(({ agent, obstacles }) => [agent, obstacles?.map(({ rule }) => rule)]),
      [
        ['a', ['OutOfcpu']],
        ['b', ['OutOfcpu']],
      ],
    );
    assert.equal(explained('small')?.agent?.name, 'a');
    assert.deepEqual(
      explained('small')?.verdicts?.map(({ agent, chosen }) => [agent, chosen]),
      [
        ['a', true],
        ['b', false],
      ],
      'as if it were not there itself',
    );
    assert.equal(explained('other'), undefined);
    // 8 - 1 free, and the requests of both pods: the scheduler believes exactly 7 CPUs free.
    assert.equal(world.now.node.fleet()?.allocatable['cpu'], '48');
    assert.deepEqual(world.now.node.fleet()?.presence, [
      'agent.longshore.dev/a',
      'agent.longshore.dev/b',
      'arch.label.longshore.dev/amd64',
    ]);
  });

  test('lists those agents and pods whose labels are asked for', async () => {
    await using world = new Reconcilers(['a', 'b']);
    const object = world.agentObjects.get('uid-b');
    if (object) world.putAgent({ ...object, spec: { ...object.spec, labels: { zone: 'garage' } } });
    world.start();
    world.connect();
    for (const name of ['web', 'db']) {
      const { metadata, ...pod } = aPod({ uid: `uid-${name}`, name });
      world.api.create({ ...pod, metadata: { ...metadata, labels: { app: name, tier: 'back' } } });
    }
    await world.settle();
    const agents = (text: string) => world.now.view.agents(labelSelector(text)).map(({ name }) => name);
    assert.deepEqual(['', 'zone=garage', '!zone', 'arch in (amd64)', 'zone=attic'].map(agents), [
      ['a', 'b'],
      ['b'],
      ['a'],
      ['a', 'b'],
      [],
    ]);
    const pods = (text: string) => {
      const filter = { agent: '', namespace: '', labels: labelSelector(text) };
      return world.now.view.pods(filter).map(({ name }) => name);
    };
    assert.deepEqual(['', 'app=web', 'tier=back,app!=web', 'arch=amd64'].map(pods), [
      ['db', 'web'],
      ['web'],
      ['db'],
      [],
    ]);
  });

  test('a cordoned agent keeps its pods and takes no new ones', async () => {
    await using world = new Reconcilers();
    world.start();
    world.connect();
    world.api.create(aPod());
    await world.settle();
    const object = world.agentObjects.get('uid-a');
    if (object) world.putAgent({ ...object, spec: { ...object.spec, unschedulable: true } });
    world.api.create(aPod({ uid: 'uid-two', name: 'two' }));
    await world.settle();
    assert.deepEqual(world.now.node.fleet()?.presence, []);
    world.agent('a').report('uid-web', runningStatus());
    assert.deepEqual([...world.agent('a').everRan], ['uid-web']);
    if (object) world.putAgent({ ...object, spec: { ...object.spec, unschedulable: false } });
    await world.settle();
    assert.deepEqual([...world.agent('a').everRan], ['uid-web', 'uid-two']);
  });
});
