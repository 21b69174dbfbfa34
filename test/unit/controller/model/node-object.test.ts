import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Node,
  type NodeConfig,
  type NodeFleet,
  newNode,
  nodePatch,
} from '../../../../controller/model/node-object.ts';

const config: NodeConfig = {
  name: 'longshore',
  labels: { 'topology.kubernetes.io/zone': 'home' },
  internalIPs: ['192.0.2.1'],
  kubeletPort: 10250,
  kubeletVersion: 'v1.34.0-longshore.0.1.0',
  architecture: 'amd64',
};

const fleet: NodeFleet = {
  agentsTotal: 2,
  agentsReady: 2,
  presence: ['agent.longshore.dev/attic', 'agent.longshore.dev/garage'],
  capacity: { cpu: '8', memory: '16Gi', 'ephemeral-storage': '100Gi', pods: '220', 'example.com/gpu': '1' },
  allocatable: { cpu: '8', memory: '15Gi', 'ephemeral-storage': '90Gi', pods: '220', 'example.com/gpu': '1' },
  engineVersion: '27.0.1',
};

const START = Date.parse('2026-01-01T00:00:00Z');
const LATER = START + 300_000;
const created = () => newNode(config, fleet, START);
const patch = (observed: Node, wish: { config?: NodeConfig; fleet?: NodeFleet; reportDue?: boolean } = {}) =>
  nodePatch({ observed, config, fleet, nowMs: LATER, reportDue: false, ...wish });

test('the new node carries labels, presence, taint, port and every required resource', () => {
  const node = newNode(config, { ...fleet, capacity: {}, allocatable: {} }, START);
  assert.equal(node.metadata?.labels?.['agent.longshore.dev/garage'], 'true');
  assert.equal(node.metadata?.labels?.['kubernetes.io/hostname'], 'longshore');
  assert.equal(node.metadata?.labels?.['topology.kubernetes.io/zone'], 'home');
  assert.deepEqual(node.spec?.taints, [
    { key: 'virtual-kubelet.io/provider', value: 'longshore', effect: 'NoSchedule' },
  ]);
  assert.equal(node.status?.daemonEndpoints?.kubeletEndpoint?.Port, 10250);
  assert.deepEqual(Object.keys(node.status?.capacity ?? {}), ['cpu', 'memory', 'ephemeral-storage', 'pods']);
  assert.deepEqual(
    node.status?.conditions?.map(({ type, status }) => `${type}=${status}`),
    ['MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True'],
  );
});

test('nothing is written when nothing differs, and only the heartbeat when it is due', () => {
  assert.equal(patch(created()), undefined);
  const due = patch(created(), { reportDue: true });
  assert.deepEqual(Object.keys(due?.status ?? {}), ['conditions']);
  const [condition] = (due?.status?.['conditions'] ?? []) as {
    lastHeartbeatTime: string;
    lastTransitionTime: string;
  }[];
  assert.equal(condition?.lastHeartbeatTime, '2026-01-01T00:05:00Z');
  assert.equal(condition?.lastTransitionTime, '2026-01-01T00:00:00Z');
});

test('without an agent the node is not ready, since now', () => {
  const lost = patch(created(), { fleet: { ...fleet, agentsReady: 0, presence: [] } });
  const conditions = (lost?.status?.['conditions'] ?? []) as {
    type: string;
    status: string;
    lastTransitionTime: string;
    message: string;
  }[];
  const ready = conditions.find(({ type }) => type === 'Ready');
  assert.equal(ready?.status, 'False');
  assert.equal(ready?.message, 'none of 2 agents is connected');
  assert.equal(ready?.lastTransitionTime, '2026-01-01T00:05:00Z');
  assert.deepEqual(lost?.metadata?.labels, {
    'agent.longshore.dev/attic': null,
    'agent.longshore.dev/garage': null,
  });
});

test('labels, taints and conditions of others are left alone', () => {
  const node = created();
  node.metadata = { ...node.metadata, labels: { ...node.metadata?.labels, disk: 'ssd' } };
  node.spec = { taints: [] };
  node.status?.conditions?.push({ type: 'example.com/Fine', status: 'True' });
  assert.equal(patch(node), undefined);
});

test('a resource no agent has any more becomes 0 and keeps its key', () => {
  const without = { cpu: '8', memory: '15Gi', 'ephemeral-storage': '90Gi', pods: '220' };
  const gone = patch(created(), { fleet: { ...fleet, allocatable: without } });
  assert.deepEqual(gone?.status?.['allocatable'], { 'example.com/gpu': '0' });
});

test('changed addresses replace the whole list', () => {
  const moved = patch(created(), { config: { ...config, internalIPs: ['192.0.2.2'] } });
  assert.deepEqual(moved?.status?.['addresses'], [
    { type: 'InternalIP', address: '192.0.2.2' },
    { type: 'Hostname', address: 'longshore' },
    { $patch: 'replace' },
  ]);
});

test('a quantity the API server words differently is the same', () => {
  const node = created();
  if (node.status) node.status.capacity = { ...node.status.capacity, pods: '0.22k', memory: '16384Mi' };
  assert.equal(patch(node), undefined);
});

test("whether the node's machine is its owner's is a condition, gone when that is asked no more", () => {
  const quiet = {
    type: 'QuietHours',
    status: 'True',
    reason: 'InQuietHours',
    message: 'until then',
  } as const;
  const node = newNode(config, { ...fleet, guest: [quiet] }, START);
  assert.equal(node.status?.conditions?.find(({ type }) => type === 'QuietHours')?.status, 'True');
  assert.equal(patch(node, { fleet: { ...fleet, guest: [quiet] } }), undefined);
  const gone = patch(node)?.status?.['conditions'] as object[];
  assert.deepEqual(gone.at(-1), { type: 'QuietHours', $patch: 'delete' });
  const over = patch(node, { fleet: { ...fleet, guest: [{ ...quiet, status: 'False' }] } });
  assert.match(JSON.stringify(over), /"type":"QuietHours","status":"False"/);
});

test('the images of its machine are shown, and left alone where they are not known', () => {
  const images = [{ names: ['busybox:1.36'], sizeBytes: 5 }];
  const node = newNode(config, { ...fleet, images }, START);
  assert.deepEqual(node.status?.images, images);
  assert.equal(patch(node, { fleet: { ...fleet, images } }), undefined);
  assert.equal(patch(node), undefined);
  const next = [...images, { names: ['nginx:1'], sizeBytes: 3 }];
  assert.deepEqual(patch(node, { fleet: { ...fleet, images: next } })?.status?.['images'], next);
});
