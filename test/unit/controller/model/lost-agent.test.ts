import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evictionDueMs, vanishedTogether } from '../../../../controller/model/lost-agent.ts';
import { aPod, endedStatus, type PodWish } from '../../../kit/pods.ts';

const due = (wish: PodWish) => evictionDueMs(aPod(wish), { sinceMs: 1000 });
const tolerating = (...tolerations: object[]) => due({ spec: { tolerations } });
const unreachable = { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' };

test('a pod is deleted when its toleration is over, after five minutes when it says nothing', () => {
  assert.equal(due({}), 301_000);
  assert.equal(tolerating({ ...unreachable, tolerationSeconds: 10 }), 11_000);
  assert.equal(tolerating({ ...unreachable, tolerationSeconds: 0 }), 1000);
  assert.equal(tolerating({ ...unreachable, tolerationSeconds: -5 }), 1000);
  assert.equal(
    tolerating({ key: 'node.kubernetes.io/not-ready', operator: 'Exists', tolerationSeconds: 5 }),
    301_000,
  );
  assert.equal(tolerating({ ...unreachable, tolerationSeconds: 60 }, { operator: 'Exists' }), 61_000);
});

test('a pod that tolerates it without a limit, or is to be kept, is never deleted; nor is one that has ended', () => {
  assert.equal(tolerating(unreachable), undefined);
  assert.equal(tolerating({ operator: 'Exists' }), undefined);
  assert.equal(due({ metadata: { annotations: { 'longshore.dev/on-disconnect': 'keep' } } }), undefined);
  assert.equal(due({ metadata: { annotations: { 'longshore.dev/on-disconnect': 'evict' } } }), 301_000);
  assert.equal(due({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), undefined);
  assert.equal(due({ status: endedStatus() }), undefined);
});

test('when more than 55 % vanish together the cause is here', () => {
  const at = (...seconds: number[]) => seconds.map((second) => ({ sinceMs: second * 1000 }));
  const together = (lost: readonly { sinceMs: number }[], ready: number) =>
    lost.map((agent) => vanishedTogether(agent, { lost, ready }));
  assert.deepEqual(together(at(0), 1), [false]);
  assert.deepEqual(together(at(0), 0), [false], 'the only one');
  assert.deepEqual(together(at(0, 10), 0), [true, true]);
  assert.deepEqual(together(at(0, 10), 1), [true, true]);
  assert.deepEqual(together(at(0, 10, 50), 2), [true, true, true]);
  assert.deepEqual(together(at(0, 10), 2), [false, false]);
  assert.deepEqual(together(at(0, 100, 200), 2), [false, false, false], 'one after the other');
});
