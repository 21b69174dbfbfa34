import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLACED_CONDITION } from '../../../../common/names.ts';
import type { Pod } from '../../../../common/pod.ts';
import { placedCondition } from '../../../../controller/model/placement-record.ts';
import { PodIntake } from '../../../../controller/reconcile/pod-intake.ts';
import { aPod } from '../../../kit/pods.ts';

function intake() {
  const told: string[] = [];
  const observer = {
    changed: (pod: Pod) => void told.push(`changed ${pod.metadata.uid}`),
    vanished: (uid: string) => void told.push(`vanished ${uid}`),
    synced: () => void told.push('synced'),
  };
  const pods = new PodIntake(observer, (uid) => (uid === 'uid-a' ? 'longshore-a' : undefined));
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

const placedOn = (agent: string, pod: Pod): Pod => ({
  ...pod,
  status: { ...pod.status, conditions: [placedCondition({ agent, agentUid: `uid-${agent}` }, 0)] },
});

test('a pod that was placed on an agent which its node shows is told of, whatever became of the node', () => {
  const { pods, told } = intake();
  pods.changed(placedOn('a', on('longshore-a', 'u1')));
  pods.synced();
  assert.deepEqual(told, ['changed u1', 'synced']);
  // Its record is lost: that is for those to mend who know of it.
  pods.changed(on('longshore-a', 'u1'));
  pods.vanished('u1');
  assert.deepEqual(told.slice(2), ['changed u1', 'vanished u1']);
  pods.changed(on('longshore-a', 'u1'));
  assert.equal(told.length, 4, 'what vanished is not remembered');
});

test('a pod that was kept aside and turns out to be placed is told of once, and its end too', () => {
  const { pods, told } = intake();
  pods.changed(on('longshore-a', 'u1'));
  pods.changed(placedOn('a', on('longshore-a', 'u1')));
  pods.admit('longshore-a');
  pods.vanished('u1');
  assert.deepEqual(told, ['changed u1', 'vanished u1']);
});

test('a record that names an agent of another node, or one that is not known, counts for nothing', () => {
  const { pods, told } = intake();
  pods.changed(placedOn('a', on('longshore-b', 'u1')));
  pods.changed(placedOn('gone', on('longshore-gone', 'u2')));
  const waiting = { type: PLACED_CONDITION, status: 'False', message: 'agent=a uid=uid-a' };
  pods.changed({ ...on('longshore-a', 'u3'), status: { conditions: [waiting] } });
  assert.deepEqual(told, []);
});

test('a pod of another’s node is never told of, nor its end', () => {
  const { pods, told } = intake();
  pods.admit('longshore-a');
  pods.changed(on('longshore-worker-1', 'u1'));
  pods.vanished('u1');
  pods.admit('longshore-worker-1');
  assert.deepEqual(told, []);
});
