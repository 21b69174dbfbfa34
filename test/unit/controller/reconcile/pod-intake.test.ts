import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../../common/pod.ts';
import { PodIntake } from '../../../../controller/reconcile/pod-intake.ts';
import { aPod } from '../../../kit/pods.ts';

function intake() {
  const told: string[] = [];
  const pods = new PodIntake({
    changed: (pod: Pod) => void told.push(`changed ${pod.metadata.uid}`),
    vanished: (uid) => void told.push(`vanished ${uid}`),
    synced: () => void told.push('synced'),
  });
  return { pods, told };
}

const on = (nodeName: string, uid: string) => aPod({ uid, name: uid, spec: { nodeName } });

test('pods of a node are told of once the node is ours, those known before at that moment', () => {
  const { pods, told } = intake();
  pods.changed(on('longshore-a', 'u1'));
  pods.synced();
  assert.deepEqual(told, ['synced']);
  pods.admit('longshore-a');
  pods.changed(on('longshore-a', 'u2'));
  assert.deepEqual(told, ['synced', 'changed u1', 'changed u2']);
  pods.vanished('u1');
  assert.equal(told.at(-1), 'vanished u1');
});

test('a pod of another’s node is never told of, nor its end', () => {
  const { pods, told } = intake();
  pods.admit('longshore-a');
  pods.changed(on('longshore-worker-1', 'u1'));
  pods.vanished('u1');
  pods.admit('longshore-worker-1');
  assert.deepEqual(told, []);
});
