import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, ResourceDefinition } from '../../../../sandbox/builtin/resource.ts';
import { tableFor } from '../../../../sandbox/builtin/table.ts';
import { ago, cellsOf, NOW, type Row, resource } from './table-cells.ts';

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
