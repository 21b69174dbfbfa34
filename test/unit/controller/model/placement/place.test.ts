import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '../../../../../common/pod.ts';
import { nodeCapacity } from '../../../../../controller/model/placement/capacity.ts';
import { createLoad } from '../../../../../controller/model/placement/load.ts';
import { place, verdicts } from '../../../../../controller/model/placement/place.ts';
import { comparePlacementOrder } from '../../../../../controller/model/placement/queue-order.ts';
import {
  formatResources,
  parseResources,
  podRequests,
  sum,
} from '../../../../../controller/model/placement/resources.ts';
import { type AgentWish, aContext, anAgent, asking, on, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

const pinned = (...matchExpressions: { key: string; operator: string; values?: string[] }[]): Pod =>
  aPod({
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
        },
      },
    },
  });

test('a pod goes to the agent with the fewest pods, and to the first name among equals', () => {
  const agents = [anAgent('b'), anAgent('a'), anAgent('c')];
  assert.equal(placed(aPod(), agents), 'a');
  assert.equal(placed(aPod(), agents, [on('a', aPod({ uid: 'x' }))]), 'b');
});

test('a pod that fits nowhere waits with its reasons counted, most frequent first', () => {
  const small = { allocatable: { memory: '1Gi' } };
  const agents = [anAgent('a', small), anAgent('b', small), anAgent('c', { cordoned: true })];
  assert.equal(
    placed(asking({ memory: '2Gi' }), agents),
    '0/3 agents fit: 2 insufficient memory, 1 cordoned',
  );
});

test('a placement says why: how the best compares, how many fit, and what keeps the pod off the rest', () => {
  const why = (pod: Pod, agents: Parameters<typeof aContext>[0]) => {
    const outcome = place(pod, aContext(agents, { placed: [on('b', aPod({ uid: 'x' }))] }));
    return outcome.kind === 'agent' ? `${outcome.placement.agent}: ${outcome.why}` : outcome.summary;
  };
  const small = { allocatable: { cpu: '2' } };
  assert.equal(why(aPod(), [anAgent('a')]), 'a: 1/1 agents fit');
  assert.equal(why(aPod(), [anAgent('a'), anAgent('b')]), 'a: best by pods 0; 2/2 agents fit');
  assert.equal(
    why(asking({ cpu: '2' }), [anAgent('a'), anAgent('b', small), anAgent('c', { cordoned: true })]),
    'b: best by fit 100 x1, pods 1; 2/3 agents fit: 1 cordoned',
  );
  assert.equal(
    why(asking({ cpu: '3' }), [anAgent('a'), anAgent('b', small)]),
    'a: 1/2 agents fit: 1 insufficient cpu',
  );
  const tainted = Array.from({ length: 50 }, (_, index) =>
    anAgent(`t${index}`, { taints: [{ key: `taint-${index}`, effect: 'NoSchedule' }] }),
  );
  const long = why(aPod(), [anAgent('a'), ...tainted]);
  assert.match(long, /^a: 1\/51 agents fit: 1 had untolerated taint \{taint-0: \}, .*…$/);
  assert.equal(long.length, 'a: '.length + 500);
});

test('an agent is passed over for what it is, each with its reason', () => {
  const cases: [AgentWish, string][] = [
    [{ cordoned: true }, '1 cordoned'],
    [{ ready: false }, '1 not ready'],
    [{ connected: false }, '1 not connected'],
    [{ leaving: true }, '1 being removed'],
  ];
  for (const [state, reason] of cases) {
    assert.equal(placed(aPod(), [anAgent('a', state)]), `0/1 agents fit: ${reason}`);
  }
  assert.equal(placed(aPod(), []), '0/0 agents fit: no agent has joined');
});

test('every kind of resource limits, extended ones and the number of pods too', () => {
  const cases: [Record<string, string>, string][] = [
    [{ cpu: '4001m' }, 'insufficient cpu'],
    [{ memory: '9Gi' }, 'insufficient memory'],
    [{ 'ephemeral-storage': '101Gi' }, 'insufficient ephemeral-storage'],
    [{ 'example.com/gpu': '1' }, 'insufficient example.com/gpu'],
  ];
  for (const [requests, reason] of cases) {
    assert.equal(placed(asking(requests), [anAgent('a')]), `0/1 agents fit: 1 ${reason}`);
  }
  const full = anAgent('a', { allocatable: { pods: '1' } });
  const there = [on('a', aPod({ uid: 'x' }))];
  assert.equal(placed(aPod(), [full], there), '0/1 agents fit: 1 too many pods');
});

test('a request exactly as large as what is left fits', () => {
  const there = [on('a', asking({ cpu: '1500m' }, { uid: 'x' }))];
  assert.equal(placed(asking({ cpu: '2500m' }), [anAgent('a')], there), 'a');
  assert.match(placed(asking({ cpu: '2501m' }), [anAgent('a')], there), /insufficient cpu/);
});

test('init containers count by the hungriest, sidecars with what runs beside them, overhead on top', () => {
  const cpu = (value: string) => ({ resources: { requests: { cpu: value } } });
  const pod = aPod({
    spec: {
      initContainers: [
        { name: 'early', ...cpu('3') },
        { name: 'sidecar', restartPolicy: 'Always', ...cpu('1') },
        { name: 'late', ...cpu('2500m') },
      ],
      containers: [
        { name: 'a', ...cpu('1') },
        { name: 'b', ...cpu('500m') },
      ],
      overhead: { cpu: '100m' },
    },
  });
  assert.deepEqual(formatResources(podRequests(pod)), { cpu: '3600m', pods: '1' });
});

test('host ports collide per agent, protocol and address', () => {
  const onPort = (uid: string, port: object) =>
    aPod({ uid, spec: { containers: [{ name: 'main', ports: [{ containerPort: 80, ...port }] }] } });
  const there = [on('a', onPort('x', { hostPort: 80, hostIP: '192.0.2.1' }))];
  const beside = (port: object) => placed(onPort('y', port), [anAgent('a')], there);
  assert.equal(beside({ hostPort: 80 }), '0/1 agents fit: 1 host port 80/TCP taken');
  assert.equal(beside({ hostPort: 80, hostIP: '192.0.2.2' }), 'a');
  assert.equal(beside({ hostPort: 80, protocol: 'UDP' }), 'a');
  assert.equal(placed(onPort('y', { hostPort: 80 }), [anAgent('a'), anAgent('b')], there), 'b');
});

test('required node affinity is judged against one machine: every operator', () => {
  const agents = [anAgent('pi', { labels: { disk: 'ssd', generation: '4' } })];
  const cases: [Parameters<typeof pinned>, boolean][] = [
    [[{ key: 'agent.longshore.dev/pi', operator: 'Exists' }], true],
    [[{ key: 'agent.longshore.dev/other', operator: 'Exists' }], false],
    [[{ key: 'disk', operator: 'In', values: ['hdd', 'ssd'] }], true],
    [[{ key: 'disk', operator: 'NotIn', values: ['ssd'] }], false],
    [[{ key: 'absent', operator: 'NotIn', values: ['ssd'] }], true],
    [[{ key: 'absent', operator: 'DoesNotExist' }], true],
    [[{ key: 'disk', operator: 'DoesNotExist' }], false],
    [[{ key: 'generation', operator: 'Gt', values: ['3'] }], true],
    [[{ key: 'generation', operator: 'Lt', values: ['4'] }], false],
    [[{ key: 'disk', operator: 'Gt', values: ['3'] }], false],
    [[{ key: 'disk', operator: 'Unheard', values: ['ssd'] }], false],
    [[{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }], true],
    [[{ key: 'kubernetes.io/hostname', operator: 'In', values: ['pi-host'] }], true],
    [
      [
        { key: 'place', operator: 'In', values: ['home'] },
        { key: 'disk', operator: 'Exists' },
      ],
      true,
    ],
    [
      [
        { key: 'place', operator: 'In', values: ['home'] },
        { key: 'absent', operator: 'Exists' },
      ],
      false,
    ],
    [[], false],
  ];
  for (const [requirements, fits] of cases) {
    const answer = placed(pinned(...requirements), agents);
    assert.equal(
      answer,
      fits ? 'pi' : "0/1 agents fit: 1 didn't match node affinity/selector",
      JSON.stringify(requirements),
    );
  }
});

test('matchFields names the virtual node, and nodeSelector sees the machine', () => {
  const field = (name: string) =>
    aPod({
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] },
              ],
            },
          },
        },
      },
    });
  assert.equal(placed(field('longshore'), [anAgent('a')]), 'a');
  assert.match(placed(field('elsewhere'), [anAgent('a')]), /didn't match/);
  const agents = [anAgent('a'), anAgent('b', { labels: { disk: 'ssd' } })];
  assert.equal(placed(aPod({ spec: { nodeSelector: { disk: 'ssd' } } }), agents), 'b');
});

test('every agent gets a verdict, the chosen one among them', () => {
  const agents = [anAgent('a', { cordoned: true }), anAgent('b'), anAgent('c')];
  const there = [on('c', asking({ cpu: '1' }, { uid: 'x' }))];
  assert.deepEqual(verdicts(asking({ cpu: '1' }), aContext(agents, { placed: there })), [
    {
      agent: 'a',
      chosen: false,
      merits: [],
      obstacles: [{ rule: 'NodeUnschedulable', text: 'cordoned', until: 'never' }],
    },
    { agent: 'b', chosen: false, merits: ['fit 25 x1', 'pods 0'], obstacles: [] },
    { agent: 'c', chosen: true, merits: ['fit 50 x1', 'pods 1'], obstacles: [] },
  ]);
});

test('the queue goes by priority, then age', () => {
  const pod = (uid: string, priority: number, minute: number) =>
    aPod({ uid, spec: { priority }, metadata: { creationTimestamp: `2026-01-01T00:0${minute}:00Z` } });
  const order = [pod('young', 0, 5), pod('old', 0, 1), pod('urgent', 9, 7)].sort(comparePlacementOrder);
  assert.deepEqual(
    order.map(({ metadata }) => metadata.uid),
    ['urgent', 'old', 'young'],
  );
});

test('what the scheduler believes free is what is free on agents that take pods', () => {
  const quantity = fc.integer({ min: 0, max: 4000 }).map((milli) => `${milli}m`);
  const pods = fc.array(fc.record({ cpu: quantity, agent: fc.constantFrom('a', 'b', 'c', undefined) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(pods, (wishes) => {
      const agents = ['a', 'b', 'c'].map((name) => ({
        ...anAgent(name, { cordoned: name === 'c', allocatable: { cpu: '8' } }),
        capacity: parseResources({ cpu: '9' }),
      }));
      const bound = wishes.map(({ cpu }, index) => asking({ cpu }, { uid: `uid-${index}` }));
      const load = createLoad(
        wishes.flatMap(({ agent }, index) => {
          const pod = bound[index];
          return agent && pod ? [on(agent, pod)] : [];
        }),
      );
      const requested = sum(bound.map(podRequests));
      const { allocatable, capacity } = nodeCapacity({ agents, placed: load, requested });
      const milli = (resources: ReadonlyMap<string, bigint>) => resources.get('cpu') ?? 0n;
      const charged = bound.reduce((sum, pod) => sum + milli(podRequests(pod)), 0n);
      const free = ['a', 'b'].reduce((sum, name) => {
        const left = 8000n - milli(load.on(`uid-${name}`).requests);
        return sum + (left > 0n ? left : 0n);
      }, 0n);
      assert.equal(milli(allocatable) - charged, free);
      assert.ok(milli(capacity) >= milli(allocatable));
    }),
  );
});

const ofDaemonSet = (tolerations: readonly object[]): Pod =>
  aPod({
    metadata: {
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'proxy', uid: 'd', controller: true },
      ],
    },
    spec: { tolerations: [...tolerations] },
  });

test('a DaemonSet runs on an agent when it tolerates the taint by name, not when it tolerates everything', () => {
  const named = { key: 'virtual-kubelet.io/provider', operator: 'Exists' };
  const everything = { operator: 'Exists' };
  const notReady = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' };
  const agents = [anAgent('a')];
  for (const tolerations of [[named], [named, everything], [notReady], []]) {
    assert.equal(placed(ofDaemonSet(tolerations), agents), 'a', JSON.stringify(tolerations));
  }
  for (const tolerations of [
    [everything],
    [everything, notReady],
    [{ ...everything, effect: 'NoSchedule' }],
  ]) {
    assert.match(placed(ofDaemonSet(tolerations), agents), /^DaemonSet proxy tolerates every taint/);
  }
  assert.equal(placed(aPod({ spec: { tolerations: [everything] } }), agents), 'a', 'no DaemonSet');
});
