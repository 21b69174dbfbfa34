import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeTaints } from '../../../../../sandbox/builtin/controllers/node-lifecycle.ts';
import { toKubeObject } from '../../../../../sandbox/builtin/kube-object.ts';

function taintsOf(ready: string | undefined, spec: object = {}, more: object[] = []) {
  const conditions = [...(ready ? [{ type: 'Ready', status: ready }] : []), ...more];
  const node = toKubeObject({ kind: 'Node', metadata: { name: 'n' }, spec, status: { conditions } });
  return nodeTaints(node, 0).map((taint) => `${taint['key']}:${taint['effect']}`);
}

test('taints follow the conditions and the cordon', () => {
  const notReady = ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'];
  assert.deepEqual(taintsOf('True'), []);
  assert.deepEqual(taintsOf('False'), notReady);
  assert.deepEqual(taintsOf(undefined), notReady);
  assert.deepEqual(taintsOf('Unknown'), [
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  assert.deepEqual(taintsOf('True', { unschedulable: true }), [
    'node.kubernetes.io/unschedulable:NoSchedule',
  ]);
  assert.deepEqual(taintsOf('True', {}, [{ type: 'DiskPressure', status: 'True' }]), [
    'node.kubernetes.io/disk-pressure:NoSchedule',
  ]);
});

test('taints of others stay, and ours go when their cause does', () => {
  const taints = [
    { key: 'virtual-kubelet.io/provider', value: 'longshore', effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
  ];
  assert.deepEqual(taintsOf('True', { taints }), ['virtual-kubelet.io/provider:NoSchedule']);
});
