// One node for all agents, or one for each: the same reconcilers, and what differs between the two.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decide } from '../../../../controller/model/placement/decide.ts';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import { nodePerAgent, oneNode, type Topology } from '../../../../controller/model/topology.ts';
import { createAgentNodeSource, createNodeSource } from '../../../../controller/reconcile/node-source.ts';
import { PodIntake } from '../../../../controller/reconcile/pod-intake.ts';
import { aContext, anAgent, ROOMY } from '../../../kit/placement.ts';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

const NAMES = ['a', 'b', 'c'];

async function started(topology: Topology, names: readonly string[] = NAMES): Promise<Reconcilers> {
  const world = new Reconcilers(names);
  world.topology = topology;
  world.start();
  world.connect();
  await world.settle();
  return world;
}

const where = (world: Reconcilers, name: string): string => {
  const record = readPlacement(world.api.get(`uid-${name}`)?.status);
  return record.kind === 'placed' ? record.agent : record.kind === 'waiting' ? record.message : record.kind;
};

interface Asked {
  readonly cpu: string;
  readonly nodeName: string;
}

const podOf = ({ cpu, nodeName }: Asked, index: number) =>
  aPod({
    uid: `uid-pod-${index}`,
    name: `pod-${index}`,
    spec: { nodeName, containers: [{ name: 'main', resources: { requests: { cpu } } }] },
  });

for (const [kind, topology, nodeName] of [
  ['one node', oneNode('longshore'), 'longshore'],
  ['a node for each', nodePerAgent('longshore'), 'longshore-a'],
] as const) {
  test(`${kind}: placement sees one agent as it sees it among the others`, async () => {
    await using world = await started(topology);
    const { uid } = world.agent('a').identity;
    const object = world.agentObjects.get(uid);
    assert.ok(object);
    const taints = [{ key: 'guest', effect: 'NoSchedule' as const }];
    world.putAgent({ ...object, spec: { ...object.spec, unschedulable: true, taints } });
    await world.settle();
    const { registry } = world.now;
    const seen = registry.placementView(nodeName).agents.get(uid);
    assert.equal(seen?.cordoned, kind === 'one node');
    assert.deepEqual(registry.placementAgent(uid), seen);
    assert.equal(registry.placementAgent('uid-nobody'), undefined);
  });
}

describe('one node', () => {
  test('places every pod as placement over the whole fleet does', async () => {
    const cpus = fc.array(fc.constantFrom('500m', '1', '2', '3', '5'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cpus, async (asked) => {
        await using world = await started(oneNode('longshore'));
        const context = aContext(NAMES.map((name) => anAgent(name, { allocatable: ROOMY })));
        for (const [index, cpu] of asked.entries()) {
          const pod = podOf({ cpu, nodeName: 'longshore' }, index);
          const decision = decide(pod, context);
          if (decision.kind === 'agent') context.placed.set({ pod, agentUid: decision.placement.agentUid });
          world.api.create(pod);
          await world.settle();
          const expected = decision.kind === 'agent' ? decision.placement.agent : undefined;
          const found = where(world, `pod-${index}`);
          assert.equal(NAMES.includes(found) ? found : undefined, expected, found);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a node for each agent', () => {
  test('a pod goes to the agent of its node or waits, and never to another', async () => {
    const asked = fc.record({
      cpu: fc.constantFrom('500m', '1', '3', '5'),
      nodeName: fc.constantFrom('longshore-a', 'longshore-b', 'longshore-c', 'longshore-gone'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 12 }), async (pods) => {
        await using world = await started(nodePerAgent('longshore'));
        for (const [index, one] of pods.entries()) world.api.create(podOf(one, index));
        await world.settle();
        const used = new Map<string, number>();
        for (const [index, { nodeName }] of pods.entries()) {
          const agent = where(world, `pod-${index}`);
          if (!NAMES.includes(agent)) continue;
          assert.equal(`longshore-${agent}`, nodeName);
          const { cpu = '0' } =
            world.api.get(`uid-pod-${index}`)?.spec.containers[0]?.resources?.requests ?? {};
          used.set(agent, (used.get(agent) ?? 0) + (cpu === '500m' ? 0.5 : Number(cpu)));
        }
        for (const sum of used.values()) assert.ok(sum <= 4, `more than there is: ${sum}`);
      }),
      { numRuns: 30 },
    );
  });

  test('what the scheduler has judged is not judged again: a cordoned or tainted machine takes what is bound to it', async () => {
    await using world = await started(nodePerAgent('longshore'));
    const { identity } = world.agent('a');
    const object = world.agentObjects.get(identity.uid);
    assert.ok(object);
    const taints = [{ key: 'guest', effect: 'NoSchedule' }] as const;
    world.putAgent({ ...object, spec: { ...object.spec, unschedulable: true, taints } });
    world.api.create(podOf({ cpu: '1', nodeName: 'longshore-a' }, 0));
    await world.settle();
    assert.equal(where(world, 'pod-0'), 'a');
  });

  test('a new controller goes on with the pods of a machine whose node it does not know, and stops none', async () => {
    await using world = await started(nodePerAgent('longshore'));
    world.api.create(podOf({ cpu: '1', nodeName: 'longshore-a' }, 0));
    await world.settle();
    await world.kill();
    const { pods, registry } = world.start({ listPods: false });
    const intake = new PodIntake(pods, (uid) => registry.nodeShowing(uid));
    // Not placed yet, so that it runs nowhere: it waits for the node.
    world.api.create(podOf({ cpu: '1', nodeName: 'longshore-a' }, 1));
    world.api.watch(intake);
    world.connect();
    await world.settle();
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-pod-0']);
    assert.equal(world.agent('a').heard.at(-1), 'snapshot uid-pod-0');
    assert.equal(pods.holdsPods('uid-a'), true, 'so that no Agent is released over it');
    intake.admit('longshore-a');
    await world.settle();
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-pod-0', 'uid-pod-1']);
  });

  test('each node shows its machine alone, and the pods bound to it do not change that', async () => {
    await using world = await started(nodePerAgent('longshore'));
    world.api.create(podOf({ cpu: '3', nodeName: 'longshore-a' }, 0));
    world.api.create(podOf({ cpu: '3', nodeName: 'longshore-a' }, 1));
    await world.settle();
    const { registry, pods } = world.now;
    const shown = (name: string) =>
      createAgentNodeSource({ nodeName: `longshore-${name}`, registry, pods }).fleet();
    assert.equal(shown('a')?.allocatable['cpu'], '4');
    assert.deepEqual(shown('b')?.presence.slice(0, 1), ['agent.longshore.dev/b']);
    const all = createNodeSource({ nodeName: undefined, registry, pods }).fleet();
    assert.equal(all?.agentsTotal, 3);
  });

  test('a lost agent’s node is not spoken for: its Lease and conditions are the cluster’s to judge', async () => {
    await using world = await started(nodePerAgent('longshore'));
    const { registry, pods } = world.now;
    const source = createAgentNodeSource({ nodeName: 'longshore-a', registry, pods });
    assert.notEqual(source.fleet(), undefined);
    world.agent('a').disconnect('gone');
    await world.pass(45);
    assert.equal(source.fleet(), undefined);
  });
});
