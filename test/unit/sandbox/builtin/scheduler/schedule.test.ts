import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../../../sandbox/builtin/resource.ts';
import { isPending, schedule } from '../../../../../sandbox/builtin/scheduler/schedule.ts';

const pod = (spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  metadata: { name: 'p', namespace: 'default', uid: 'p' },
  spec: { containers: [{ name: 'c' }], ...spec },
  ...more,
});

interface NodeOptions {
  readonly labels?: JsonObject;
  readonly spec?: JsonObject;
  readonly allocatable?: JsonObject;
}

const ROOMY = { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '10Gi' };

const node = (
  name: string,
  { labels = {}, spec = {}, allocatable = ROOMY }: NodeOptions = {},
): JsonObject => ({
  metadata: { name, labels },
  spec,
  status: { allocatable },
});

const requesting = (requests: JsonObject) => ({ containers: [{ name: 'c', resources: { requests } }] });
const on = (nodeName: string, spec: JsonObject, phase = 'Running') =>
  pod({ ...spec, nodeName }, { status: { phase } });

const required = (...nodeSelectorTerms: JsonObject[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

const nodeOf = (decision: ReturnType<typeof schedule>) => ('node' in decision ? decision.node : undefined);
const reasonsOf = (decision: ReturnType<typeof schedule>) =>
  'reasons' in decision ? decision.reasons : undefined;
const NOT_HELPFUL = 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
const NO_VICTIMS = 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';

describe('schedule: which node is suitable', () => {
  const labels = { disk: 'ssd', size: '10', zone: 'a' };
  const cases: { name: string; spec: JsonObject; fits: boolean }[] = [
    { name: 'nothing asked', spec: {}, fits: true },
    { name: 'nodeSelector that matches', spec: { nodeSelector: { disk: 'ssd' } }, fits: true },
    { name: 'nodeSelector that does not', spec: { nodeSelector: { disk: 'ssd', zone: 'b' } }, fits: false },
    { name: 'In', spec: required(expression('disk', 'In', 'hdd', 'ssd')), fits: true },
    { name: 'In, another value', spec: required(expression('disk', 'In', 'hdd')), fits: false },
    { name: 'In, no such label', spec: required(expression('gpu', 'In', 'x')), fits: false },
    { name: 'NotIn', spec: required(expression('disk', 'NotIn', 'hdd')), fits: true },
    { name: 'NotIn, the value', spec: required(expression('disk', 'NotIn', 'ssd')), fits: false },
    { name: 'NotIn, no such label', spec: required(expression('gpu', 'NotIn', 'x')), fits: true },
    { name: 'Exists', spec: required(expression('disk', 'Exists')), fits: true },
    { name: 'Exists, no such label', spec: required(expression('gpu', 'Exists')), fits: false },
    { name: 'DoesNotExist', spec: required(expression('gpu', 'DoesNotExist')), fits: true },
    { name: 'DoesNotExist, but it does', spec: required(expression('disk', 'DoesNotExist')), fits: false },
    { name: 'Gt', spec: required(expression('size', 'Gt', '9')), fits: true },
    { name: 'Gt, equal', spec: required(expression('size', 'Gt', '10')), fits: false },
    { name: 'Gt of what is no number', spec: required(expression('disk', 'Gt', '1')), fits: false },
    { name: 'Lt', spec: required(expression('size', 'Lt', '11')), fits: true },
    { name: 'Lt, smaller', spec: required(expression('size', 'Lt', '-1')), fits: false },
    { name: 'an unknown operator', spec: required(expression('disk', 'Near', 'ssd')), fits: false },
    { name: 'a term without requirements', spec: required({}), fits: false },
    { name: 'no terms', spec: required(), fits: false },
    {
      name: 'one of two terms',
      spec: required(expression('disk', 'In', 'hdd'), expression('zone', 'In', 'a')),
      fits: true,
    },
    {
      name: 'both requirements of a term, of which one fails',
      spec: required({
        matchExpressions: [
          { key: 'disk', operator: 'In', values: ['ssd'] },
          { key: 'zone', operator: 'In', values: ['b'] },
        ],
      }),
      fits: false,
    },
    {
      name: 'its name, by matchFields',
      spec: required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }),
      fits: true,
    },
    {
      name: 'not its name, by matchFields',
      spec: required({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n'] }] }),
      fits: false,
    },
  ];
  for (const { name, spec, fits } of cases) {
    test(`${name}: ${fits ? 'fits' : 'does not fit'}`, () => {
      const decision = schedule(pod(spec), [node('n', { labels })], []);
      if (fits) assert.deepEqual(decision, { node: 'n' });
      else {
        const reason = "1 node(s) didn't match Pod's node affinity/selector";
        assert.equal(reasonsOf(decision), `0/1 nodes are available: ${reason}. ${NOT_HELPFUL}`);
      }
    });
  }

  test('another node by name: the plug-in says so', () => {
    const spec = required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['m'] }] });
    assert.equal(
      reasonsOf(schedule(pod(spec), [node('n')], [])),
      `0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. ${NOT_HELPFUL}`,
    );
  });

  test('two names at once: the terms conflict', () => {
    const field = (name: string) => ({ key: 'metadata.name', operator: 'In', values: [name] });
    const spec = required({ matchFields: [field('n'), field('m')] });
    assert.equal(
      reasonsOf(schedule(pod(spec), [node('n')], [])),
      `0/1 nodes are available: pod affinity terms conflict. ${NOT_HELPFUL}`,
    );
  });
});

describe('schedule: taints', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
  const cases: { name: string; taint?: JsonObject; tolerations: JsonObject[]; fits: boolean }[] = [
    { name: 'no toleration', tolerations: [], fits: false },
    { name: 'key and value', tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }], fits: true },
    { name: 'Equal is the default', tolerations: [{ key: 'k', value: 'v' }], fits: true },
    { name: 'another value', tolerations: [{ key: 'k', value: 'w' }], fits: false },
    { name: 'the key exists', tolerations: [{ key: 'k', operator: 'Exists' }], fits: true },
    { name: 'everything', tolerations: [{ operator: 'Exists' }], fits: true },
    { name: 'another effect', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }], fits: false },
    { name: 'that effect', tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }], fits: true },
    {
      name: 'NoExecute keeps away too',
      taint: { ...taint, effect: 'NoExecute' },
      tolerations: [],
      fits: false,
    },
    {
      name: 'PreferNoSchedule does not',
      taint: { ...taint, effect: 'PreferNoSchedule' },
      tolerations: [],
      fits: true,
    },
  ];
  for (const { name, taint: own = taint, tolerations, fits } of cases) {
    test(`${name}: ${fits ? 'fits' : 'does not fit'}`, () => {
      const decision = schedule(pod({ tolerations }), [node('n', { spec: { taints: [own] } })], []);
      if (fits) assert.deepEqual(decision, { node: 'n' });
      else {
        assert.equal(
          reasonsOf(decision),
          `0/1 nodes are available: 1 node(s) had untolerated taint {k: v}. ${NOT_HELPFUL}`,
        );
      }
    });
  }

  test('a cordoned node takes only what tolerates that', () => {
    const cordoned = node('n', { spec: { unschedulable: true } });
    const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }];
    assert.equal(
      reasonsOf(schedule(pod(), [cordoned], [])),
      `0/1 nodes are available: 1 node(s) were unschedulable. ${NOT_HELPFUL}`,
    );
    assert.equal(nodeOf(schedule(pod({ tolerations }), [cordoned], [])), 'n');
  });
});

describe('schedule: resources', () => {
  const small = { cpu: '1', memory: '1Gi', pods: '2', 'ephemeral-storage': '1Gi', 'x.io/gpu': '1' };
  const cases: { name: string; spec: JsonObject; others?: JsonObject[]; reason?: string }[] = [
    { name: 'exactly what there is', spec: requesting({ cpu: '1000m', memory: '1024Mi' }) },
    { name: 'too much memory', spec: requesting({ memory: '2Gi' }), reason: '1 Insufficient memory' },
    {
      name: 'too much of several',
      spec: requesting({ memory: '2Gi', cpu: 2 }),
      reason: '1 Insufficient cpu, 1 Insufficient memory',
    },
    {
      name: 'ephemeral storage',
      spec: requesting({ 'ephemeral-storage': '2Gi' }),
      reason: '1 Insufficient ephemeral-storage',
    },
    {
      name: 'an extended resource',
      spec: requesting({ 'x.io/gpu': '2' }),
      reason: '1 Insufficient x.io/gpu',
    },
    {
      name: 'a resource the node has not',
      spec: requesting({ 'x.io/tpu': '1' }),
      reason: '1 Insufficient x.io/tpu',
    },
    {
      name: 'what others have taken',
      spec: requesting({ cpu: '600m' }),
      others: [on('n', requesting({ cpu: '500m' }))],
      reason: '1 Insufficient cpu',
    },
    {
      name: 'pods that are done free theirs',
      spec: requesting({ cpu: '600m' }),
      others: [
        on('n', requesting({ cpu: '500m' }), 'Succeeded'),
        on('n', requesting({ cpu: '500m' }), 'Failed'),
      ],
    },
    {
      name: 'pods elsewhere do not count',
      spec: requesting({ cpu: '600m' }),
      others: [on('m', requesting({ cpu: '500m' }))],
    },
    { name: 'too many pods', spec: {}, others: [on('n', {}), on('n', {})], reason: '1 Too many pods' },
    {
      name: 'the largest init container counts, not their sum',
      spec: {
        ...requesting({ cpu: '100m' }),
        initContainers: [
          { name: 'i', resources: { requests: { cpu: '900m' } } },
          { name: 'j', resources: { requests: { cpu: '900m' } } },
        ],
      },
    },
    {
      name: 'an init container larger than the node',
      spec: { initContainers: [{ name: 'i', resources: { requests: { cpu: '1100m' } } }] },
      reason: '1 Insufficient cpu',
    },
    {
      name: 'a sidecar counts beside the containers',
      spec: {
        ...requesting({ cpu: '600m' }),
        initContainers: [{ name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } }],
      },
      reason: '1 Insufficient cpu',
    },
    {
      name: 'a sidecar counts beside the init containers after it',
      spec: {
        initContainers: [
          { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
          { name: 'i', resources: { requests: { cpu: '600m' } } },
        ],
      },
      reason: '1 Insufficient cpu',
    },
    {
      name: 'a sidecar does not count beside the init containers before it',
      spec: {
        initContainers: [
          { name: 'i', resources: { requests: { cpu: '600m' } } },
          { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
        ],
      },
    },
    {
      name: 'overhead comes on top',
      spec: { ...requesting({ cpu: '1' }), overhead: { cpu: '1m' } },
      reason: '1 Insufficient cpu',
    },
  ];
  for (const { name, spec, others = [], reason } of cases) {
    test(`${name}: ${reason ?? 'fits'}`, () => {
      const decision = schedule(pod(spec), [node('n', { allocatable: small })], others);
      if (reason === undefined) assert.deepEqual(decision, { node: 'n' });
      else assert.equal(reasonsOf(decision), `0/1 nodes are available: ${reason}. ${NO_VICTIMS}`);
    });
  }
});

describe('schedule: host ports', () => {
  const using = (port: JsonObject) => ({
    containers: [{ name: 'c', ports: [{ containerPort: 80, ...port }] }],
  });
  const cases: { name: string; wanted: JsonObject; used: JsonObject; fits: boolean }[] = [
    { name: 'the same port', wanted: { hostPort: 80 }, used: { hostPort: 80 }, fits: false },
    { name: 'another port', wanted: { hostPort: 80 }, used: { hostPort: 81 }, fits: true },
    {
      name: 'another protocol',
      wanted: { hostPort: 80 },
      used: { hostPort: 80, protocol: 'UDP' },
      fits: true,
    },
    {
      name: 'another address',
      wanted: { hostPort: 80, hostIP: '10.0.0.1' },
      used: { hostPort: 80, hostIP: '10.0.0.2' },
      fits: true,
    },
    {
      name: 'one of all addresses',
      wanted: { hostPort: 80, hostIP: '10.0.0.1' },
      used: { hostPort: 80 },
      fits: false,
    },
    { name: 'no host port', wanted: {}, used: {}, fits: true },
  ];
  for (const { name, wanted, used, fits } of cases) {
    test(`${name}: ${fits ? 'fits' : 'is taken'}`, () => {
      const decision = schedule(pod(using(wanted)), [node('n')], [on('n', using(used))]);
      if (fits) assert.deepEqual(decision, { node: 'n' });
      else {
        const reason = "1 node(s) didn't have free ports for the requested pod ports";
        assert.equal(reasonsOf(decision), `0/1 nodes are available: ${reason}. ${NO_VICTIMS}`);
      }
    });
  }
});

describe('schedule: the choice', () => {
  test('the node with most room', () => {
    const busy = [on('a', requesting({ cpu: '3' }))];
    assert.equal(nodeOf(schedule(pod(requesting({ cpu: '100m' })), [node('a'), node('b')], busy)), 'b');
  });

  test('among equals the first by name', () => {
    assert.equal(nodeOf(schedule(pod(), [node('b'), node('a')], [])), 'a');
  });

  test('preferred affinity outweighs room', () => {
    const preference = expression('disk', 'In', 'ssd');
    const affinity = {
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
    };
    const nodes = [node('a'), node('b', { labels: { disk: 'ssd' } })];
    assert.equal(nodeOf(schedule(pod({ affinity }), nodes, [on('b', requesting({ cpu: '2' }))])), 'b');
  });

  test('a PreferNoSchedule taint outweighs preferred affinity', () => {
    const affinity = {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: expression('disk', 'Exists') },
        ],
      },
    };
    const taints = [{ key: 'k', effect: 'PreferNoSchedule' }];
    const nodes = [node('a', { labels: { disk: 'x' }, spec: { taints } }), node('b')];
    assert.equal(nodeOf(schedule(pod({ affinity }), nodes, [])), 'b');
  });

  test('no nodes', () => {
    assert.deepEqual(schedule(pod(), [], []), { reasons: 'no nodes available to schedule pods' });
  });

  test('the message counts nodes by reason, sorted as text', () => {
    const nodes = [
      node('a', { spec: { unschedulable: true } }),
      node('b', { allocatable: { ...ROOMY, memory: '1Mi' } }),
      node('c', { allocatable: { ...ROOMY, memory: '1Mi' } }),
    ];
    assert.equal(
      reasonsOf(schedule(pod(requesting({ memory: '1Gi' })), nodes, [])),
      '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient memory. ' +
        'preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, ' +
        '2 No preemption victims found for incoming pod.',
    );
  });

  test('a pod that never preempts says so', () => {
    const spec = { ...requesting({ memory: '1Ti' }), preemptionPolicy: 'Never' };
    assert.equal(
      reasonsOf(schedule(pod(spec), [node('n')], [])),
      '0/1 nodes are available: 1 Insufficient memory. preemption: not eligible due to preemptionPolicy=Never.',
    );
  });

  test('pods placed one after the other never exceed a node', () => {
    const request = fc.integer({ min: 1, max: 1500 });
    const cpus = fc.array(fc.integer({ min: 500, max: 3000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), cpus, (requests, sizes) => {
        const nodes = sizes.map((cpu, index) =>
          node(`n${index}`, { allocatable: { ...ROOMY, cpu: `${cpu}m` } }),
        );
        const placed: JsonObject[] = [];
        const used = new Map<string, number>();
        for (const cpu of requests) {
          const spec = requesting({ cpu: `${cpu}m` });
          const name = nodeOf(schedule(pod(spec), nodes, placed));
          if (name === undefined) {
            const largest = Math.max(...sizes.map((size, index) => size - (used.get(`n${index}`) ?? 0)));
            assert.ok(largest < cpu, 'refused though there was room');
            continue;
          }
          placed.push(on(name, spec));
          used.set(name, (used.get(name) ?? 0) + cpu);
          assert.ok((used.get(name) ?? 0) <= (sizes[Number(name.slice(1))] ?? 0));
        }
      }),
    );
  });
});

describe('isPending', () => {
  const cases: { name: string; pod: JsonObject; want: boolean }[] = [
    { name: 'a new pod', pod: pod(), want: true },
    { name: 'a pod of this scheduler by name', pod: pod({ schedulerName: 'default-scheduler' }), want: true },
    { name: "another scheduler's pod", pod: pod({ schedulerName: 'other' }), want: false },
    { name: 'a bound pod', pod: pod({ nodeName: 'n' }), want: false },
    { name: 'a gated pod', pod: pod({ schedulingGates: [{ name: 'g' }] }), want: false },
    { name: 'a pod with its gates removed', pod: pod({ schedulingGates: [] }), want: true },
    { name: 'a failed pod', pod: pod({}, { status: { phase: 'Failed' } }), want: false },
    {
      name: 'a pod being deleted',
      pod: pod({}, { metadata: { name: 'p', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      want: false,
    },
  ];
  for (const { name, pod: candidate, want } of cases) {
    test(`${name}: ${want}`, () => assert.equal(isPending(candidate), want));
  }
});
