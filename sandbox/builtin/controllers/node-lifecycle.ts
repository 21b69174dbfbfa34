// What the node lifecycle controller does, in small: a node whose Lease is old is Unknown, and taints follow a node's
// conditions and its cordon. Pods are not evicted from it.
import type { ControllerContext } from '../controllers.ts';
import { at, ensureObject, objectsAt, stringAt } from '../json.ts';
import { type KubeObject, timestamp } from '../kube-object.ts';
import type { JsonObject } from '../resource.ts';
import { objectKey } from '../storage.ts';
import { lookAgain } from './look-again.ts';

const PREFIX = 'node.kubernetes.io/';
const LOOK_EVERY_MS = 5000;
const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'memory-pressure',
  DiskPressure: 'disk-pressure',
  PIDPressure: 'pid-pressure',
  NetworkUnavailable: 'network-unavailable',
};
const OWNED: ReadonlySet<string> = new Set(
  ['not-ready', 'unreachable', 'unschedulable', ...Object.values(PRESSURES)].map((name) => PREFIX + name),
);

export function watchNodes(context: ControllerContext): Disposable {
  const { objects, registry, clock, nodeGraceMs } = context;
  const resource = registry.builtin('nodes');
  const look = () => {
    for (const node of objects.list(resource)) {
      const lease = objects.storage.get(
        'leases.coordination.k8s.io',
        objectKey('kube-node-lease', node.metadata.name),
      );
      const seenMs = lastSeenMs(node, lease);
      objects.change({ resource, name: node.metadata.name }, {}, (next) => {
        if (clock.now() - seenMs > nodeGraceMs) markUnknown(next, clock.now());
        const spec = ensureObject(next, 'spec');
        const taints = nodeTaints(next, clock.now());
        if (taints.length > 0) spec['taints'] = taints;
        else delete spec['taints'];
      });
    }
  };
  const everyMs = Math.min(LOOK_EVERY_MS, Math.max(100, nodeGraceMs / 4));
  return lookAgain(context, { name: 'node-lifecycle', buckets: ['nodes.'], everyMs, look });
}

function lastSeenMs(node: KubeObject, lease: KubeObject | undefined): number {
  const times = [
    stringAt(lease, 'spec', 'renewTime'),
    node.metadata.creationTimestamp,
    ...objectsAt(node, 'status', 'conditions').map((condition) => stringAt(condition, 'lastHeartbeatTime')),
  ];
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time) || 0)));
}

function markUnknown(node: KubeObject, nowMs: number): void {
  const status = ensureObject(node, 'status');
  const known = objectsAt(status, 'conditions');
  const types = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];
  const missing = types.filter((type) => !known.some((condition) => condition['type'] === type));
  const now = timestamp(nowMs);
  const unknown = (condition: JsonObject, reason: string, message: string) => ({
    ...condition,
    status: 'Unknown',
    reason,
    message,
    lastTransitionTime: now,
  });
  status['conditions'] = [
    ...known.map((condition) =>
      types.includes(String(condition['type'])) && condition['status'] !== 'Unknown'
        ? unknown(condition, 'NodeStatusUnknown', 'Kubelet stopped posting node status.')
        : condition,
    ),
    ...missing.map((type) =>
      unknown(
        { type, lastHeartbeatTime: node.metadata.creationTimestamp },
        'NodeStatusNeverUpdated',
        'Kubelet never posted node status.',
      ),
    ),
  ];
}

/** Pure: the node's taints as its conditions and its cordon ask for; others are kept. */
export function nodeTaints(node: KubeObject, nowMs: number): JsonObject[] {
  const current = objectsAt(node, 'spec', 'taints');
  const statusOf = (type: string) =>
    objectsAt(node, 'status', 'conditions').find((condition) => condition['type'] === type)?.['status'];
  const ready = statusOf('Ready');
  const wanted: (readonly [string, string])[] = [];
  if (ready === 'Unknown') wanted.push(['unreachable', 'NoSchedule'], ['unreachable', 'NoExecute']);
  else if (ready !== 'True') wanted.push(['not-ready', 'NoSchedule'], ['not-ready', 'NoExecute']);
  if (at(node, 'spec', 'unschedulable') === true) wanted.push(['unschedulable', 'NoSchedule']);
  for (const [type, name] of Object.entries(PRESSURES)) {
    if (statusOf(type) === 'True') wanted.push([name, 'NoSchedule']);
  }
  const kept = current.filter((taint) => !OWNED.has(String(taint['key'])));
  const own = wanted.map(([name, effect]) => {
    const key = PREFIX + name;
    const same = current.find((taint) => taint['key'] === key && taint['effect'] === effect);
    return same ?? { key, effect, timeAdded: timestamp(nowMs) };
  });
  return [...kept, ...own];
}
