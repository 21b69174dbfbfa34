// Whatever happens, in whatever order: at most one agent ever starts a pod, nothing is deleted that an agent still
// holds, and when the storm is over everything comes to rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTerminal } from '../../../../common/pod.ts';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import { aPod, endedStatus, runningStatus } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

const NAMES = ['a', 'b', 'c'];

const step = fc.oneof(
  fc.record({
    do: fc.constant('create' as const),
    pod: fc.nat(5),
    cpu: fc.constantFrom('1', '3'),
    priority: fc.constantFrom(0, 0, 5),
  }),
  fc.record({ do: fc.constantFrom('delete' as const, 'force' as const), pod: fc.nat(5) }),
  fc.record({
    do: fc.constantFrom('connect' as const, 'disconnect' as const, 'report' as const),
    agent: fc.constantFrom(...NAMES),
  }),
  fc.record({ do: fc.constant('stop' as const), agent: fc.constantFrom(...NAMES) }),
  fc.record({
    do: fc.constant('finish' as const),
    agent: fc.constantFrom(...NAMES),
    exitCode: fc.constantFrom(0, 1),
  }),
  fc.record({
    do: fc.constantFrom('cordon' as const, 'uncordon' as const),
    agent: fc.constantFrom(...NAMES),
  }),
  fc.record({ do: fc.constant('restart' as const), immediately: fc.boolean() }),
  fc.record({
    do: fc.constant('fail' as const),
    verb: fc.constantFrom('status' as const, 'annotate' as const, 'evict' as const, 'delete' as const),
    applied: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('hold' as const, 'release' as const) }),
  fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(0, 1, 15, 45) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let serial = 0;

function podNamed(world: Reconcilers, index: number) {
  return world.api.pods.find(({ metadata }) => metadata.name === `pod-${index}`);
}

async function act(world: Reconcilers, action: Step): Promise<void> {
  switch (action.do) {
    case 'create': {
      if (podNamed(world, action.pod)) return;
      const { cpu, priority } = action;
      const containers = [{ name: 'main', resources: { requests: { cpu } } }];
      world.api.create(
        aPod({ name: `pod-${action.pod}`, uid: `uid-${serial++}`, spec: { containers, priority } }),
      );
      return;
    }
    case 'delete':
    case 'force': {
      const uid = podNamed(world, action.pod)?.metadata.uid;
      if (uid && action.do === 'delete') world.api.deleteGracefully(uid);
      else if (uid) world.api.forceDelete(uid);
      return;
    }
    case 'connect':
      if (world.isRunning) world.connect(action.agent);
      return;
    case 'disconnect':
      world.agent(action.agent).disconnect();
      return;
    case 'report':
      for (const uid of world.agent(action.agent).pods.keys())
        world.agent(action.agent).report(uid, runningStatus());
      return;
    case 'finish': {
      const agent = world.agent(action.agent);
      const [uid] = agent.pods.keys();
      if (uid) agent.report(uid, endedStatus(action.exitCode));
      return;
    }
    case 'stop': {
      const agent = world.agent(action.agent);
      for (const uid of agent.stopping) agent.stopped(uid);
      return;
    }
    case 'cordon':
    case 'uncordon': {
      const object = world.agentObjects.get(`uid-${action.agent}`);
      if (object)
        world.putAgent({ ...object, spec: { ...object.spec, unschedulable: action.do === 'cordon' } });
      return;
    }
    case 'restart':
      if (world.isRunning) await world.kill();
      if (action.immediately) world.start();
      return;
    case 'fail':
      world.api.failures.push({ verb: action.verb, applied: action.applied });
      return;
    case 'hold':
      world.api.holdWatch();
      return;
    case 'release':
      world.api.releaseWatch();
      return;
    case 'pass':
      await world.clock.advance(action.seconds * 1000);
      return;
    default:
      action satisfies never;
  }
}

async function calm(world: Reconcilers): Promise<void> {
  world.api.failures.length = 0;
  if (!world.isRunning) world.start();
  world.api.releaseWatch();
  world.connect();
  for (let round = 0; round < 4; round++) {
    await world.pass(35);
    for (const agent of world.agents.values()) for (const uid of agent.stopping) agent.stopped(uid);
  }
  await world.pass(2);
}

function assertAtRest(world: Reconcilers): void {
  const held = NAMES.flatMap((name) => [...world.agent(name).pods.keys()].map((uid) => ({ name, uid })));
  for (const { name, uid } of held) {
    const record = readPlacement(world.api.get(uid)?.status);
    assert.equal(
      record.kind === 'placed' && record.agent,
      name,
      `${uid} is held by ${name} without being placed there`,
    );
  }
  for (const pod of world.api.pods) {
    const { uid, deletionTimestamp } = pod.metadata;
    assert.equal(deletionTimestamp, undefined, `${uid} never went`);
    const { kind } = readPlacement(pod.status);
    if (kind === 'placed')
      assert.ok(
        held.some((one) => one.uid === uid),
        `${uid} is placed and held by nobody`,
      );
    else assert.equal(kind, 'waiting', `${uid} is neither placed nor waiting`);
    if (kind === 'placed' && !isTerminal(pod.status)) assert.equal(pod.status?.phase, 'Running');
  }
  for (const name of NAMES) {
    assert.equal(world.agent(name).tombstones.size, 0, `${name} keeps a tombstone`);
    const counted = [...world.now.pods.load.on(`uid-${name}`).occupants.keys()].sort();
    const there = [...world.agent(name).pods.values()].filter(({ status }) => !isTerminal(status));
    assert.deepEqual(counted, there.map(({ metadata }) => metadata.uid).sort(), `what is counted on ${name}`);
  }
}

test('any storm of changes, losses and restarts ends in order, with no pod on two agents', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using world = new Reconcilers(NAMES);
      const tooEarly: string[] = [];
      world.api.beforeDelete = (uid) => {
        for (const name of NAMES) if (world.agent(name).pods.has(uid)) tooEarly.push(`${uid} on ${name}`);
      };
      world.start();
      world.connect();
      for (const action of steps) await act(world, action);
      await calm(world);
      const runs = NAMES.flatMap((name) => [...world.agent(name).everRan]);
      assert.equal(new Set(runs).size, runs.length, 'a pod ran on two agents');
      assert.deepEqual(tooEarly, [], 'deleted while an agent held it');
      assertAtRest(world);
    }),
    { numRuns: 150 },
  );
});
