import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

/** Three agents; a pod on `a`, which then falls silent. */
async function losingA(annotations: Record<string, string> = {}): Promise<Reconcilers> {
  const world = new Reconcilers(['a', 'b', 'c']);
  world.start();
  world.connect();
  const nodeSelector = { 'agent.longshore.dev/a': 'true' };
  world.api.create(aPod({ metadata: { annotations }, spec: { nodeSelector } }));
  await world.settle();
  world.agent('a').disconnect();
  return world;
}

const pod = (world: Reconcilers) => world.api.get('uid-web');
const isDeleted = (world: Reconcilers) => pod(world)?.metadata.deletionTimestamp !== undefined;

test('the pods of a lost agent are deleted after their toleration, and go when the agent is back', async () => {
  await using world = await losingA();
  await world.pass(335);
  assert.equal(isDeleted(world), false);
  await world.pass(15);
  assert.equal(isDeleted(world), true);
  const { reason, status } =
    pod(world)?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget') ?? {};
  assert.deepEqual([status, reason], ['True', 'DeletionByTaintManager']);
  assert.equal(
    world.events.find((event) => event.reason === 'TaintManagerEviction')?.message,
    'Marking for deletion Pod default/web',
  );
  await world.pass(600);
  assert.notEqual(pod(world), undefined, 'nobody has confirmed that it stopped');
  world.connect('a');
  await world.settle();
  world.agent('a').stopped('uid-web');
  await world.settle();
  assert.equal(pod(world), undefined);
});

test('a pod that is to be kept outlasts any silence', async () => {
  await using world = await losingA({ 'longshore.dev/on-disconnect': 'keep' });
  await world.pass(3600);
  assert.equal(isDeleted(world), false);
});

test('an agent that is back in time keeps its pods', async () => {
  await using world = await losingA();
  await world.pass(330);
  world.connect('a');
  await world.pass(60);
  assert.equal(isDeleted(world), false);
});

test('nothing is deleted when most agents vanish together, and it is once only one is away', async () => {
  await using world = await losingA();
  world.agent('b').disconnect();
  await world.pass(600);
  assert.equal(isDeleted(world), false);
  world.connect('b');
  await world.pass(10);
  assert.equal(isDeleted(world), true);
});

test('a restart of the controller resets no clock, and gives the agent time to come back', async () => {
  await using world = await losingA();
  await world.pass(200);
  await world.kill();
  await world.clock.advance(200_000);
  world.start();
  world.connect('b', 'c');
  await world.pass(35);
  assert.equal(isDeleted(world), false, 'this controller has not waited for it yet');
  await world.pass(15);
  assert.equal(isDeleted(world), true, 'five minutes after it was lost, not after the restart');
});

test('a NoExecute taint drives off pods that do not tolerate it, the others when their seconds are over', async () => {
  await using world = new Reconcilers(['a']);
  world.start();
  world.connect();
  const guest = { key: 'guest', operator: 'Exists', effect: 'NoExecute' };
  const wishes: Record<string, object[]> = {
    plain: [],
    patient: [{ ...guest, tolerationSeconds: 30 }],
    faithful: [guest],
  };
  for (const [name, tolerations] of Object.entries(wishes)) {
    world.api.create(aPod({ uid: `uid-${name}`, name, spec: { tolerations } }));
  }
  await world.settle();
  const object = world.agentObjects.get('uid-a');
  if (!object) throw new Error('no agent a');
  world.putAgent({ ...object, spec: { ...object.spec, taints: [{ key: 'guest', effect: 'NoExecute' }] } });
  const deleted = () =>
    Object.keys(wishes).filter((name) => world.api.get(`uid-${name}`)?.metadata.deletionTimestamp);
  await world.pass(5);
  assert.deepEqual(deleted(), ['plain']);
  await world.kill();
  world.start();
  world.connect();
  await world.pass(20);
  assert.deepEqual(deleted(), ['plain']);
  await world.pass(10);
  assert.deepEqual(deleted(), ['plain', 'patient'], 'the restart of the controller reset no clock');
  await world.pass(600);
  assert.deepEqual(deleted(), ['plain', 'patient']);
});

test('a pod that comes to a tainted agent later has all of its seconds there, not one less', async () => {
  await using world = new Reconcilers(['a']);
  world.start();
  world.connect();
  await world.settle();
  const object = world.agentObjects.get('uid-a');
  if (!object) throw new Error('no agent a');
  world.putAgent({ ...object, spec: { ...object.spec, taints: [{ key: 'guest', effect: 'NoExecute' }] } });
  await world.pass(600);
  await world.clock.advance(900);
  const guest = { key: 'guest', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 };
  world.api.create(aPod({ spec: { tolerations: [guest] } }));
  await world.settle();
  await world.pass(29);
  await world.clock.advance(900);
  assert.equal(isDeleted(world), false);
  await world.pass(3);
  assert.equal(isDeleted(world), true);
});
