// Placement through the reconcilers: what becomes of decisions that need others to move, or time to pass.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { disruptionBudgets } from '../../../../controller/model/placement/disruption-budget.ts';
import { readPlacement } from '../../../../controller/model/placement-record.ts';
import { aPod } from '../../../kit/pods.ts';
import { Reconcilers } from '../../../kit/reconcilers.ts';

/** Agents of the kit have 4 CPUs. */
function asking(
  name: string,
  cpu: string,
  spec: Partial<Pod['spec']> = {},
  metadata: Partial<Pod['metadata']> = {},
) {
  return aPod({
    uid: `uid-${name}`,
    name,
    metadata,
    spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }], ...spec },
  });
}

async function started(names = ['a']): Promise<Reconcilers> {
  const world = new Reconcilers(names);
  world.start();
  world.connect();
  await world.settle();
  return world;
}

const where = (world: Reconcilers, name: string): string => {
  const record = readPlacement(world.api.get(`uid-${name}`)?.status);
  return record.kind === 'placed' ? record.agent : record.kind === 'waiting' ? record.message : record.kind;
};
const conditionOf = (world: Reconcilers, name: string, type: string) =>
  world.api.get(`uid-${name}`)?.status?.conditions?.find((condition) => condition.type === type);

test('the event of a placement says why it is there', async () => {
  await using world = await started(['a', 'b']);
  world.api.create(asking('one', '1'));
  await world.settle();
  const told = world.events.find(({ reason }) => reason === 'Placed');
  assert.equal(told?.message, 'Placed default/one on agent a; best by pods 0; 2/2 agents fit');
  assert.deepEqual([told?.agent, told?.saidBy], ['a', undefined]);
});

describe('what is not listed yet', () => {
  test('without namespaces nothing is placed, and a refused list is told; then it is', async () => {
    await using world = await started();
    world.cluster.unlistedNamespaces = { trouble: undefined };
    world.api.create(asking('one', '1'));
    await world.settle();
    assert.equal(where(world, 'one'), 'none');
    assert.equal(conditionOf(world, 'one', 'longshore.dev/Placed'), undefined);

    world.cluster.unlistedNamespaces = { trouble: 'namespaces are forbidden' };
    world.now.pods.fleetChanged();
    await world.settle();
    assert.match(where(world, 'one'), /namespaces are forbidden/);

    world.cluster.unlistedNamespaces = undefined;
    world.now.pods.fleetChanged();
    await world.settle();
    assert.equal(where(world, 'one'), 'a');
  });

  test('without budgets nobody is ended for another; then one is', async () => {
    await using world = await started();
    world.cluster.budgets = () => undefined;
    world.api.create(asking('low', '3', { priority: 1 }));
    await world.settle();
    world.api.create(asking('high', '3', { priority: 5 }));
    await world.settle();
    assert.equal(world.api.get('uid-low')?.metadata.deletionTimestamp, undefined);

    world.cluster.budgets = () => disruptionBudgets([]);
    world.now.pods.fleetChanged();
    await world.settle();
    assert.notEqual(world.api.get('uid-low')?.metadata.deletionTimestamp, undefined);
  });
});

describe('preemption', () => {
  test('ends a pod of lower priority as the scheduler does, and places the other when its room is free', async () => {
    await using world = await started();
    world.api.create(asking('low', '3', { priority: 1 }));
    await world.settle();
    world.api.create(asking('high', '3', { priority: 5 }));
    await world.settle();
    const victim = world.api.get('uid-low');
    assert.notEqual(victim?.metadata.deletionTimestamp, undefined);
    const { reason, status, message } = conditionOf(world, 'low', 'DisruptionTarget') ?? {};
    assert.deepEqual([status, reason], ['True', 'PreemptionByScheduler']);
    assert.match(message ?? '', /preempting to accommodate a higher priority pod \(default\/high\)$/);
    assert.equal(
      world.events.find((event) => event.reason === 'Preempted')?.message,
      'Preempted by pod uid-high (default/high)',
    );
    assert.match(where(world, 'high'), /waits for pods that are ending on a$/);
    world.agent('a').stopped('uid-low');
    await world.settle();
    assert.equal(where(world, 'high'), 'a');
  });

  test('ends no more pods than needed, however long each takes to be told so', async () => {
    await using world = await started();
    const lows = Array.from({ length: 8 }, (_, index) => `low-${index}`);
    for (const name of lows) world.api.create(asking(name, '500m', { priority: 1 }));
    await world.settle();
    let writes = 0;
    world.api.beforeStatus = (uid) =>
      uid.startsWith('uid-low') ? world.clock.sleep(200 * ++writes) : Promise.resolve();
    world.api.create(asking('high', '2', { priority: 5 }));
    const ended = () =>
      lows.filter((name) => world.api.get(`uid-${name}`)?.metadata.deletionTimestamp !== undefined);
    for (let second = 0; second < 5; second++) {
      await world.pass(1);
      assert.ok(ended().length <= 4, `${ended().length} pods are ended`);
    }
    assert.equal(ended().length, 4);
    assert.equal(world.events.filter(({ reason }) => reason === 'Preempted').length, 4);
    assert.match(where(world, 'high'), /waits for pods that are ending on a$/);
  });

  test('keeps the room it made: a small pod that comes meanwhile does not take it', async () => {
    await using world = await started();
    world.api.create(asking('low', '3', { priority: 1 }));
    await world.settle();
    world.api.create(asking('high', '3', { priority: 5 }));
    await world.settle();
    world.api.create(asking('small', '1'));
    world.api.create(asking('tiny', '500m'));
    await world.settle();
    world.agent('a').stopped('uid-low');
    await world.settle();
    assert.equal(where(world, 'high'), 'a');
    assert.equal(where(world, 'small'), 'a');
    assert.match(where(world, 'tiny'), /^0\/1 agents fit: 1 insufficient cpu/);
  });

  test('is forgotten when the pod it is for goes before the others were told', async () => {
    await using world = await started();
    world.api.create(asking('low', '3', { priority: 1 }));
    await world.settle();
    // The eviction's first write is on its way when the pod vanishes.
    let release: () => void = () => undefined;
    world.api.beforeStatus = (uid) =>
      uid === 'uid-low' ? new Promise((resolve) => (release = resolve)) : Promise.resolve();
    world.api.failures.push({ verb: 'evict', applied: false });
    world.api.create(asking('high', '3', { priority: 5 }));
    await world.settle();
    world.api.forceDelete('uid-high');
    await world.settle();
    world.api.beforeStatus = undefined;
    release();
    await world.pass(60);
    assert.equal(world.api.get('uid-low')?.metadata.deletionTimestamp, undefined);
  });

  test('goes on after a restart of the controller in between', async () => {
    await using world = await started();
    world.api.create(asking('low', '3', { priority: 1 }));
    await world.settle();
    for (let times = 0; times < 10; times++) world.api.failures.push({ verb: 'evict', applied: false });
    world.api.create(asking('high', '3', { priority: 5 }));
    await world.settle();
    await world.kill();
    world.api.failures.length = 0;
    assert.equal(world.api.get('uid-low')?.metadata.deletionTimestamp, undefined);
    world.start();
    world.connect();
    await world.pass(2);
    assert.notEqual(world.api.get('uid-low')?.metadata.deletionTimestamp, undefined);
  });
});

test('a large pod that small ones would starve gets an agent kept free for it', async () => {
  await using world = await started();
  for (const name of ['s1', 's2', 's3', 's4']) world.api.create(asking(name, '1'));
  await world.settle();
  world.api.create(asking('large', '4', {}, { creationTimestamp: '2026-01-01T00:00:01Z' }));
  await world.pass(36);
  assert.match(where(world, 'large'), /; a is kept free for it$/);
  const young = { creationTimestamp: '2026-01-01T00:00:40Z' };
  world.api.create(asking('s5', '1', {}, young));
  for (const name of ['s1', 's2', 's3', 's4']) {
    world.api.deleteGracefully(`uid-${name}`);
    await world.settle();
    world.agent('a').stopped(`uid-${name}`);
    await world.settle();
  }
  assert.equal(where(world, 'large'), 'a');
  assert.match(where(world, 's5'), /insufficient cpu/);
});

test('an agent is not kept free for ever: the others go on when the time for it is over', async () => {
  await using world = await started();
  world.api.create(asking('stays', '1'));
  await world.settle();
  world.api.create(asking('large', '4', {}, { creationTimestamp: '2026-01-01T00:00:01Z' }));
  await world.pass(36);
  world.api.create(asking('small', '1', {}, { creationTimestamp: '2026-01-01T00:00:40Z' }));
  await world.settle();
  assert.equal(where(world, 'small'), '0/1 agents fit: 1 reserved for default/large');
  await world.pass(600);
  assert.equal(where(world, 'small'), 'a');
});

test('a pod that waits for company is placed when the company comes', async () => {
  await using world = await started(['a', 'b']);
  const affinity = {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'longshore.dev/agent-domain', labelSelector: { matchLabels: { app: 'db' } } },
      ],
    },
  };
  world.api.create(asking('web', '1', { affinity }));
  await world.settle();
  assert.equal(where(world, 'web'), "0/2 agents fit: 2 didn't match pod affinity rules");
  world.api.create(
    asking('db', '1', { nodeSelector: { 'agent.longshore.dev/b': 'true' } }, { labels: { app: 'db' } }),
  );
  await world.settle();
  assert.equal(where(world, 'web'), 'b');
});

test('of more pods that wait for company than are judged in one go, those are placed whose company comes', async () => {
  await using world = await started();
  const waitingFor = (app: string): Partial<Pod['spec']> => ({
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'longshore.dev/agent-domain', labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  });
  for (let index = 0; index < 300; index++)
    world.api.create(asking(`pod-${String(index).padStart(3, '0')}`, '0', waitingFor('nobody')));
  for (const name of ['web-1', 'web-2']) world.api.create(asking(name, '0', waitingFor('db')));
  await world.pass(1);
  assert.equal(where(world, 'web-2'), "0/1 agents fit: 1 didn't match pod affinity rules");
  world.api.create(asking('zz-db', '0', {}, { labels: { app: 'db' } }));
  await world.settle();
  assert.deepEqual(
    ['zz-db', 'web-1', 'web-2'].map((name) => where(world, name)),
    ['a', 'a', 'a'],
  );
});

test('a pod that would rather fail is rejected, and stays so', async () => {
  await using world = await started();
  const annotations = { 'longshore.dev/unplaceable': 'reject' };
  world.api.create(asking('web', '5', {}, { annotations }));
  await world.settle();
  const { status } = world.api.get('uid-web') ?? {};
  assert.deepEqual([status?.phase, status?.reason], ['Failed', 'OutOfcpu']);
  assert.equal(
    status?.message,
    "Pod was rejected: Node didn't have enough resource: cpu: 0/1 agents fit: 1 insufficient cpu",
  );
});

test('reasons that differ only in their counts are written once a minute at most', async () => {
  await using world = await started(['a', 'b', 'c']);
  world.api.create(asking('web', '5'));
  await world.settle();
  const before = world.api.writes.length;
  for (const name of ['b', 'c']) {
    world.removeAgent(name);
    await world.settle();
  }
  assert.equal(where(world, 'web'), '0/3 agents fit: 3 insufficient cpu');
  await world.pass(59);
  assert.equal(world.api.writes.length, before);
  await world.pass(2);
  assert.equal(where(world, 'web'), '0/1 agents fit: 1 insufficient cpu');
  assert.equal(world.api.writes.length, before + 1);
});

test('names with digits are no counts: which agent is kept free is written at once', async () => {
  await using world = await started(['agent-1', 'agent-2']);
  const onSecond = { nodeSelector: { 'agent.longshore.dev/agent-2': 'true' } };
  world.api.create(asking('one', '3'));
  for (const name of ['two', 'three']) world.api.create(asking(name, '1500m', onSecond));
  await world.settle();
  world.api.create(asking('large', '4', {}, { creationTimestamp: '2026-01-01T00:00:01Z' }));
  await world.pass(36);
  const told = '0/2 agents fit: 2 insufficient cpu; agent-1 is kept free for it';
  assert.equal(where(world, 'large'), told);
  world.api.forceDelete('uid-three');
  await world.settle();
  world.agent('agent-2').stopped('uid-three');
  await world.settle();
  assert.equal(where(world, 'large'), told.replace('agent-1', 'agent-2'), 'less is missing there');
});

test('a taint that an agent gets keeps new pods off', async () => {
  await using world = await started();
  const object = world.agentObjects.get('uid-a');
  if (!object) throw new Error('no agent a');
  world.putAgent({ ...object, spec: { ...object.spec, taints: [{ key: 'guest', effect: 'NoSchedule' }] } });
  world.api.create(asking('web', '1'));
  await world.settle();
  assert.equal(where(world, 'web'), '0/1 agents fit: 1 had untolerated taint {guest: }');
  world.putAgent(object);
  await world.settle();
  assert.equal(where(world, 'web'), 'a');
});

describe('the claims of a pod', () => {
  const key = { kind: 'persistentvolumeclaims', namespace: 'default', name: 'disk' } as const;
  const found = (claim: object) => ({ kind: 'found', revision: '1', json: JSON.stringify(claim) }) as const;
  const on = (agent: string) => ({
    nodeSelectorTerms: [{ matchExpressions: [{ key: `agent.longshore.dev/${agent}`, operator: 'Exists' }] }],
  });
  const bound = (agent: string) =>
    found({
      kind: 'bound',
      volume: {
        ...{ name: 'pv', isBlock: false, mountOptions: [], required: on(agent) },
        source: { kind: 'local', path: '/mnt' },
      },
    });
  const claiming = () =>
    asking('db', '1', {
      containers: [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }],
    });
  const warnings = (world: Reconcilers) =>
    world.events
      .filter(({ type }) => type === 'Warning')
      .map(({ reason, message }) => `${reason}: ${message}`);
  const FAILED =
    'FailedMount: Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC default/disk: ';

  test('are waited for, and lead it to the machine that has the volume', async () => {
    await using world = await started(['a', 'b']);
    world.api.create(claiming());
    await world.settle();
    assert.deepEqual(warnings(world), [], 'nobody is told of what is a matter of moments');
    assert.equal(where(world, 'db'), 'none');
    world.objects.set(key, { kind: 'absent' });
    await world.settle();
    const missing = `${FAILED}failed to fetch PVC from API server: persistentvolumeclaims "disk" not found`;
    assert.deepEqual(warnings(world), [missing]);
    world.objects.set(key, found({ kind: 'unusable', message: 'PVC is not bound' }));
    await world.settle();
    assert.deepEqual(warnings(world), [missing, `${FAILED}PVC is not bound`]);
    world.objects.set(key, bound('b'));
    await world.settle();
    assert.equal(where(world, 'db'), 'b');
    assert.deepEqual(world.objects.followed(), ['persistentvolumeclaims/default/disk', 'services/default']);
  });

  test('keep it off machines that do not have the volume', async () => {
    await using world = await started(['a', 'b']);
    world.objects.set(key, bound('c'));
    world.api.create(claiming());
    await world.settle();
    assert.equal(where(world, 'db'), '0/2 agents fit: 2 had volume node affinity conflict');
    world.api.forceDelete('uid-db');
    await world.settle();
    assert.deepEqual(world.objects.followed(), [], 'nobody waits for it any more');
  });

  test('that cannot be read are told with the reason', async () => {
    await using world = await started(['a']);
    world.objects.set(key, { kind: 'unknown', reason: 'forbidden' });
    world.api.create(claiming());
    await world.settle();
    assert.match(where(world, 'db'), /failed to process volumes=\[data\]: cannot read PVC disk: forbidden$/);
  });
});

test('of more pods than are judged in one go, those first in the queue get the room', async () => {
  await using world = await started();
  const names = Array.from({ length: 500 }, (_, index) => `pod-${String(index).padStart(3, '0')}`);
  world.api.holdWatch();
  // The last in the queue asks first.
  for (const name of names.toReversed()) world.api.create(asking(name, '0'));
  world.api.create(asking('zz-important', '4', { priority: 9 }));
  world.api.releaseWatch();
  await world.pass(2);
  assert.equal(where(world, 'zz-important'), 'a');
  // The agent takes ten pods.
  const placed = names.filter((name) => where(world, name) === 'a');
  assert.deepEqual(placed, names.slice(0, 9));
  assert.match(where(world, 'pod-499'), /^0\/1 agents fit: 1 too many pods$/);
});
