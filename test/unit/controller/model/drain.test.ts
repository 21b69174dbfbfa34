import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DrainRules, drainPlan, EVERYTHING } from '../../../../controller/model/drain.ts';
import { aPod, type PodWish } from '../../../kit/pods.ts';

const STRICT: DrainRules = { force: false, deleteEmptyDirData: false, ignoreDaemonSets: false };

const ownedBy = (kind: string, wish: PodWish = {}) => {
  const owner = { apiVersion: 'apps/v1', kind, name: 'owner', uid: 'owner', controller: true };
  return aPod({ ...wish, metadata: { ...wish.metadata, ownerReferences: [owner] } });
};
const emptyDir = { spec: { volumes: [{ name: 'cache', emptyDir: {} }] } };
const mirror = aPod({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } });
const deleted = aPod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });

for (const [what, pod, rules, becomes] of [
  ['a pod with a controller', ownedBy('ReplicaSet'), {}, 'evict'],
  ['a pod without a controller', aPod(), {}, 'refused'],
  ['a pod without a controller, by force', aPod(), { force: true }, 'evict'],
  ['an ended pod without a controller', aPod({ status: { phase: 'Succeeded' } }), {}, 'evict'],
  ['a pod with an emptyDir', ownedBy('ReplicaSet', emptyDir), {}, 'refused'],
  ['a pod with an emptyDir, by force', ownedBy('ReplicaSet', emptyDir), { force: true }, 'refused'],
  [
    'a pod with an emptyDir to be lost',
    ownedBy('ReplicaSet', emptyDir),
    { deleteEmptyDirData: true },
    'evict',
  ],
  ['a pod of a DaemonSet', ownedBy('DaemonSet'), {}, 'evict'],
  ['a pod of a DaemonSet that stays', ownedBy('DaemonSet'), { ignoreDaemonSets: true }, 'nothing'],
  ['a pod that is being deleted', deleted, {}, 'leaving'],
  ['a mirror pod', mirror, {}, 'nothing'],
] as const) {
  test(`${what}: ${becomes}`, () => {
    const { evict, leaving, refused } = drainPlan([pod], { ...STRICT, ...rules });
    const found = { evict, leaving, refused };
    const names = Object.entries(found).flatMap(([name, pods]) => (pods.length > 0 ? [name] : []));
    assert.deepEqual(names, becomes === 'nothing' ? [] : [becomes]);
  });
}

test('one pod that may not go keeps them all', () => {
  const plan = drainPlan([ownedBy('ReplicaSet'), aPod()], STRICT);
  assert.deepEqual(plan.evict, []);
  assert.match(plan.refused[0]?.why ?? '', /declare no controller/);
});

test('a machine that does not come back is left by all', () => {
  const pods = [aPod(), ownedBy('DaemonSet'), ownedBy('ReplicaSet', emptyDir)];
  assert.deepEqual(drainPlan(pods, EVERYTHING).evict, pods);
});
