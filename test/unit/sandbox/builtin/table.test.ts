import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, ResourceDefinition } from '../../../../sandbox/builtin/resource.ts';
import { tableFor } from '../../../../sandbox/builtin/table.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString().replace('.000Z', 'Z');

function resource(plural: string, group = '', more: Partial<ResourceDefinition> = {}): ResourceDefinition {
  return {
    group,
    version: 'v1',
    kind: 'Kind',
    listKind: 'KindList',
    plural,
    singular: 'kind',
    shortNames: [],
    categories: [],
    namespaced: true,
    subresources: [],
    ...more,
  };
}

interface Row {
  cells: unknown[];
  conditions?: JsonObject[];
  object: JsonObject | null;
}

function rowsOf(definition: ResourceDefinition, objects: JsonObject[]): Row[] {
  return tableFor(definition, objects, { now: NOW, listMeta: {} })['rows'] as Row[];
}

function cellsOf(definition: ResourceDefinition, object: JsonObject): unknown[] {
  const [row] = rowsOf(definition, [{ metadata: { name: 'x', creationTimestamp: ago(90) }, ...object }]);
  return row?.cells ?? [];
}

const running = (name: string, more: JsonObject = {}) => ({
  name,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...more,
});
const waiting = (name: string, reason: string, more: JsonObject = {}) => ({
  name,
  restartCount: 0,
  state: { waiting: { reason } },
  ...more,
});
const done = (name: string, terminated: JsonObject, more: JsonObject = {}) => ({
  name,
  restartCount: 0,
  state: { terminated },
  ...more,
});
const crashed = (secondsAgo: number) => ({
  lastState: { terminated: { exitCode: 1, finishedAt: ago(secondsAgo) } },
});

interface PodCase {
  readonly name: string;
  readonly meta?: JsonObject;
  readonly spec?: JsonObject;
  readonly status: JsonObject;
  /** READY, STATUS, RESTARTS. */
  readonly want: readonly [string, string, string];
}

const two = { containers: [{ name: 'a' }, { name: 'b' }] };
const withInit = { ...two, initContainers: [{ name: 'i' }, { name: 'j' }] };
const withSidecar = { ...two, initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
const initialized = (status: string) => [{ type: 'Initialized', status }];

const podCases: PodCase[] = [
  { name: 'not yet scheduled', status: { phase: 'Pending' }, want: ['0/2', 'Pending', '0'] },
  {
    name: 'kept back by a scheduling gate',
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
    },
    want: ['0/2', 'SchedulingGated', '0'],
  },
  {
    name: 'starting',
    status: {
      phase: 'Pending',
      containerStatuses: [waiting('a', 'ContainerCreating'), waiting('b', 'ContainerCreating')],
    },
    want: ['0/2', 'ContainerCreating', '0'],
  },
  {
    name: 'running',
    status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
    want: ['2/2', 'Running', '0'],
  },
  {
    name: 'running, restarted, without a known time',
    status: { phase: 'Running', containerStatuses: [running('a', { restartCount: 2 }), running('b')] },
    want: ['2/2', 'Running', '2'],
  },
  {
    name: 'crash-looping',
    status: {
      phase: 'Running',
      containerStatuses: [
        waiting('a', 'CrashLoopBackOff', { restartCount: 3, ...crashed(10) }),
        running('b', { restartCount: 1, ...crashed(3600) }),
      ],
    },
    want: ['1/2', 'CrashLoopBackOff', '4 (10s ago)'],
  },
  {
    name: 'just failed',
    status: {
      phase: 'Running',
      containerStatuses: [done('a', { exitCode: 1, reason: 'Error' }), running('b')],
    },
    want: ['1/2', 'Error', '0'],
  },
  {
    name: 'failed without a reason',
    status: { phase: 'Running', containerStatuses: [done('a', { exitCode: 3 })] },
    want: ['0/2', 'ExitCode:3', '0'],
  },
  {
    name: 'killed by a signal, without a reason',
    status: { phase: 'Running', containerStatuses: [done('a', { exitCode: 137, signal: 9 })] },
    want: ['0/2', 'Signal:9', '0'],
  },
  {
    name: "the first container's word wins over later ones",
    status: {
      phase: 'Running',
      containerStatuses: [waiting('a', 'ImagePullBackOff'), waiting('b', 'CrashLoopBackOff')],
    },
    want: ['0/2', 'ImagePullBackOff', '0'],
  },
  {
    name: 'one container done, the other running, pod ready',
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' }), running('b')],
    },
    want: ['1/2', 'Running', '0'],
  },
  {
    name: 'one container done, the other running, pod not ready',
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' }), running('b')],
    },
    want: ['1/2', 'NotReady', '0'],
  },
  {
    name: 'completed',
    status: {
      phase: 'Succeeded',
      containerStatuses: [
        done('a', { exitCode: 0, reason: 'Completed' }),
        done('b', { exitCode: 0, reason: 'Completed' }),
      ],
    },
    want: ['0/2', 'Completed', '0'],
  },
  { name: 'evicted', status: { phase: 'Failed', reason: 'Evicted' }, want: ['0/2', 'Evicted', '0'] },
  {
    name: 'being deleted',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Running', containerStatuses: [running('a'), running('b')] },
    want: ['2/2', 'Terminating', '0'],
  },
  {
    name: 'deleted when already completed',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Succeeded', containerStatuses: [done('a', { exitCode: 0, reason: 'Completed' })] },
    want: ['0/2', 'Completed', '0'],
  },
  {
    name: 'deleted on a lost node',
    meta: { deletionTimestamp: ago(0) },
    status: { phase: 'Running', reason: 'NodeLost' },
    want: ['0/2', 'Unknown', '0'],
  },
  {
    name: 'in its first init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      conditions: initialized('False'),
      initContainerStatuses: [running('i', { ready: false }), waiting('j', 'PodInitializing')],
      containerStatuses: [waiting('a', 'PodInitializing'), waiting('b', 'PodInitializing')],
    },
    want: ['0/2', 'Init:0/2', '0'],
  },
  {
    name: 'in its second init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      initContainerStatuses: [
        done('i', { exitCode: 0, reason: 'Completed' }),
        waiting('j', 'PodInitializing'),
      ],
    },
    want: ['0/2', 'Init:1/2', '0'],
  },
  {
    name: 'with a crash-looping init container',
    spec: withInit,
    status: {
      phase: 'Pending',
      initContainerStatuses: [waiting('i', 'CrashLoopBackOff', { restartCount: 2, ...crashed(30) })],
    },
    want: ['0/2', 'Init:CrashLoopBackOff', '2 (30s ago)'],
  },
  {
    name: 'with a failed init container',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [done('i', { exitCode: 1, reason: 'Error' })] },
    want: ['0/2', 'Init:Error', '0'],
  },
  {
    name: 'with a failed init container without a reason',
    spec: withInit,
    status: { phase: 'Pending', initContainerStatuses: [done('i', { exitCode: 2 })] },
    want: ['0/2', 'Init:ExitCode:2', '0'],
  },
  {
    name: 'initialized: restarts of init containers no longer count',
    spec: withInit,
    status: {
      phase: 'Running',
      conditions: initialized('True'),
      initContainerStatuses: [
        done('i', { exitCode: 0 }, { restartCount: 5 }),
        done('j', { exitCode: 0, reason: 'Completed' }),
      ],
      containerStatuses: [running('a'), running('b')],
    },
    want: ['2/2', 'Running', '0'],
  },
  {
    name: 'with a started sidecar, which counts as a container',
    spec: withSidecar,
    status: {
      phase: 'Running',
      conditions: initialized('True'),
      initContainerStatuses: [
        done('i', { exitCode: 0, reason: 'Completed' }),
        running('s', { started: true, restartCount: 1, ...crashed(5) }),
      ],
      containerStatuses: [running('a'), running('b')],
    },
    want: ['3/3', 'Running', '1 (5s ago)'],
  },
];

describe('the table of pods', () => {
  for (const { name, meta, spec = two, status, want } of podCases) {
    test(name, () => {
      const pod = { metadata: { name: 'x', creationTimestamp: ago(90), ...meta }, spec, status };
      assert.deepEqual(cellsOf(resource('pods'), pod).slice(0, 5), ['x', ...want, '90s']);
    });
  }

  test('has the wide columns', () => {
    const pod = {
      spec: { ...two, nodeName: 'n', readinessGates: [{ conditionType: 'g' }, { conditionType: 'h' }] },
      status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'g', status: 'True' }] },
    };
    assert.deepEqual(cellsOf(resource('pods'), pod).slice(5), ['10.0.0.1', 'n', '<none>', '1/2']);
    assert.deepEqual(cellsOf(resource('pods'), {}).slice(5), ['<none>', '<none>', '<none>', '<none>']);
  });

  test('marks rows of pods that are done', () => {
    const [row] = rowsOf(resource('pods'), [{ metadata: {}, status: { phase: 'Succeeded' } }]);
    assert.equal(row?.conditions?.[0]?.['reason'], 'Succeeded');
  });
});

interface CellCase {
  readonly name: string;
  readonly of: ResourceDefinition;
  readonly object: JsonObject;
  readonly want: readonly unknown[];
}

const rbac = 'rbac.authorization.k8s.io';
const cellCases: CellCase[] = [
  {
    name: 'a ready node with roles',
    of: resource('nodes'),
    object: {
      metadata: {
        name: 'n',
        creationTimestamp: ago(90),
        labels: { 'node-role.kubernetes.io/edge': '', 'kubernetes.io/role': 'agent' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '1.2.3.4' }],
        nodeInfo: { kubeletVersion: 'v1', osImage: 'os', kernelVersion: 'k', containerRuntimeVersion: 'c' },
      },
    },
    want: ['n', 'Ready,SchedulingDisabled', 'agent,edge', '90s', 'v1', '1.2.3.4', '<none>', 'os', 'k', 'c'],
  },
  {
    name: 'a node of which nothing is known',
    of: resource('nodes'),
    object: {},
    want: ['x', 'Unknown', '<none>', '90s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  },
  {
    name: 'a node that is not ready',
    of: resource('nodes'),
    object: { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
    want: ['x', 'NotReady', '<none>', '90s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  },
  {
    name: 'a service with a node port',
    of: resource('services'),
    object: {
      spec: {
        type: 'NodePort',
        clusterIPs: ['10.0.0.1'],
        ports: [
          { port: 80, nodePort: 30080, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
        selector: { b: '2', a: '1' },
      },
    },
    want: ['x', 'NodePort', '10.0.0.1', '<none>', '80:30080/TCP,53/UDP', '90s', 'a=1,b=2'],
  },
  {
    name: 'a load balancer that waits for its address',
    of: resource('services'),
    object: { spec: { type: 'LoadBalancer', clusterIPs: ['10.0.0.1'] } },
    want: ['x', 'LoadBalancer', '10.0.0.1', '<pending>', '<none>', '90s', '<none>'],
  },
  {
    name: 'endpoints, the first three of them',
    of: resource('endpoints'),
    object: {
      subsets: [{ addresses: [{ ip: '1.1.1.1' }, { ip: 'fd00::1' }], ports: [{ port: 80 }, { port: 81 }] }],
    },
    want: ['x', '1.1.1.1:80,[fd00::1]:80,1.1.1.1:81 + 1 more...', '90s'],
  },
  { name: 'no endpoints', of: resource('endpoints'), object: {}, want: ['x', '<none>', '90s'] },
  {
    name: 'a namespace',
    of: resource('namespaces'),
    object: { status: { phase: 'Active' } },
    want: ['x', 'Active', '90s'],
  },
  {
    name: 'a config map',
    of: resource('configmaps'),
    object: { data: { a: '' }, binaryData: { b: '' } },
    want: ['x', 2, '90s'],
  },
  {
    name: 'a secret',
    of: resource('secrets'),
    object: { type: 'Opaque', data: { a: '' } },
    want: ['x', 'Opaque', 1, '90s'],
  },
  { name: 'a service account', of: resource('serviceaccounts'), object: {}, want: ['x', '90s'] },
  {
    name: 'a core event',
    of: resource('events'),
    object: {
      involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec.containers{a}' },
      firstTimestamp: ago(600),
      lastTimestamp: ago(60),
      count: 4,
      type: 'Warning',
      reason: 'BackOff',
      message: ' Back-off\n',
      source: { component: 'kubelet', host: 'n' },
    },
    want: [
      '60s',
      'Warning',
      'BackOff',
      'pod/p',
      'spec.containers{a}',
      'kubelet, n',
      'Back-off',
      '10m',
      4,
      'x',
    ],
  },
  {
    name: 'an event that was seen once, in the newer spelling',
    of: resource('events', 'events.k8s.io'),
    object: {
      regarding: { kind: 'Node', name: 'n' },
      eventTime: ago(30),
      type: 'Normal',
      reason: 'R',
      note: 'm',
      reportingController: 'c',
    },
    want: ['30s', 'Normal', 'R', 'node/n', '', 'c', 'm', '30s', 1, 'x'],
  },
  {
    name: 'an event series',
    of: resource('events'),
    object: {
      involvedObject: { kind: 'Node' },
      eventTime: ago(300),
      series: { count: 7, lastObservedTime: ago(3) },
    },
    want: ['3s', '', '', 'node', '', '', '', '5m', 7, 'x'],
  },
  {
    name: 'a lease',
    of: resource('leases', 'coordination.k8s.io'),
    object: { spec: { holderIdentity: 'me' } },
    want: ['x', 'me', '90s'],
  },
  {
    name: 'a priority class',
    of: resource('priorityclasses', 'scheduling.k8s.io'),
    object: { value: 1000, preemptionPolicy: 'Never' },
    want: ['x', 1000, false, '90s', 'Never'],
  },
  {
    name: 'a disruption budget',
    of: resource('poddisruptionbudgets', 'policy'),
    object: { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 2 } },
    want: ['x', '50%', 'N/A', 2, '90s'],
  },
  {
    name: 'a role binding',
    of: resource('rolebindings', rbac),
    object: {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's', namespace: 'ns' },
        { kind: 'User', name: 'v' },
      ],
    },
    want: ['x', 'Role/r', '90s', 'u, v', '', 'ns/s'],
  },
  {
    name: 'a role: its name and time of creation',
    of: resource('roles', rbac),
    object: {},
    want: ['x', ago(90)],
  },
  {
    name: 'a signing request that was approved and issued',
    of: resource('certificatesigningrequests', 'certificates.k8s.io'),
    object: {
      spec: { signerName: 's', username: 'u', expirationSeconds: 3600 },
      status: { conditions: [{ type: 'Approved' }], certificate: 'eA==' },
    },
    want: ['x', '90s', 's', 'u', '60m', 'Approved,Issued'],
  },
  {
    name: 'a signing request that waits',
    of: resource('certificatesigningrequests', 'certificates.k8s.io'),
    object: { spec: {} },
    want: ['x', '90s', '<none>', '', '<none>', 'Pending'],
  },
  {
    name: 'a custom resource without columns of its own: its age',
    of: resource('agents', 'longshore.dev', { printerColumns: [] }),
    object: {},
    want: ['x', '90s'],
  },
  {
    name: 'a custom resource with columns',
    of: resource('agents', 'longshore.dev', {
      printerColumns: [
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'Pods', type: 'integer', jsonPath: '.status.pods' },
        { name: 'Host', type: 'string', jsonPath: ".metadata.labels['kubernetes\\.io/hostname']" },
        { name: 'Seen', type: 'date', jsonPath: '.status.seen' },
        { name: 'Gone', type: 'string', jsonPath: '.status.gone' },
        { name: 'Bad', type: 'string', jsonPath: '.status[' },
        { name: 'Map', type: 'string', jsonPath: '.status.map' },
      ],
    }),
    object: {
      metadata: { name: 'x', labels: { 'kubernetes.io/hostname': 'h' } },
      status: {
        conditions: [
          { type: 'Other', status: 'False' },
          { type: 'Ready', status: 'True' },
        ],
        pods: 3,
        seen: ago(7),
        map: { a: 1 },
      },
    },
    want: ['x', 'True', 3, 'h', '7s', null, null, '{"a":1}'],
  },
];

describe('tableFor', () => {
  for (const { name, of, object, want } of cellCases) {
    test(`shows ${name}`, () => {
      assert.deepEqual(cellsOf(of, object), want);
      const definitions = tableFor(of, [], { now: NOW, listMeta: {} })['columnDefinitions'] as unknown[];
      assert.equal(definitions.length, want.length, 'as many columns as cells');
    });
  }

  test('carries as much of each object as was asked for', () => {
    const object = { kind: 'Pod', metadata: { name: 'x' }, spec: {} };
    const rowObject = (includeObject?: 'None' | 'Metadata' | 'Object') => {
      const table = tableFor(resource('pods'), [object], { includeObject, now: NOW, listMeta: {} });
      return (table['rows'] as Row[])[0]?.object;
    };
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'x' } };
    assert.deepEqual(rowObject(), partial);
    assert.deepEqual(rowObject('Metadata'), partial);
    assert.deepEqual(rowObject('Object'), object);
    assert.equal(rowObject('None'), null);
  });

  test("carries the list's metadata, and columns only where they are wanted", () => {
    const listMeta = { resourceVersion: '7', continue: 'c', remainingItemCount: 3 };
    const table = tableFor(resource('pods'), [], { now: NOW, listMeta, noHeaders: true });
    assert.deepEqual(table, {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: listMeta,
      columnDefinitions: [],
      rows: [],
    });
  });
});
