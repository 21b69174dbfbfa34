import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAgent, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

test('a taint keeps pods off unless they tolerate it', () => {
  const gpu = { key: 'gpu', value: 'yes', effect: 'NoSchedule' } as const;
  const cases: [object[], boolean][] = [
    [[], false],
    [[{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }], true],
    [[{ key: 'gpu', value: 'yes' }], true],
    [[{ key: 'gpu', operator: 'Exists' }], true],
    [[{ operator: 'Exists' }], true],
    [[{ key: 'gpu', value: 'no' }], false],
    [[{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }], false],
    [[{ key: 'other', operator: 'Exists' }], false],
    [[{ operator: 'Equal', value: 'yes' }], false],
  ];
  for (const [tolerations, tolerated] of cases) {
    const answer = placed(aPod({ spec: { tolerations } }), [anAgent('a', { taints: [gpu] })]);
    const refused = '0/1 agents fit: 1 had untolerated taint {gpu: yes}';
    assert.equal(answer, tolerated ? 'a' : refused, JSON.stringify(tolerations));
  }
});

test('NoExecute keeps new pods off too, PreferNoSchedule only where there is a choice', () => {
  const driven = anAgent('a', { taints: [{ key: 'old', effect: 'NoExecute' }] });
  assert.equal(placed(aPod(), [driven]), '0/1 agents fit: 1 had untolerated taint {old: }');
  const disliked = anAgent('a', { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] });
  assert.equal(placed(aPod(), [disliked]), 'a');
  assert.equal(placed(aPod(), [disliked, anAgent('b')]), 'b');
  const tolerations = [{ key: 'slow', operator: 'Exists' }];
  assert.equal(placed(aPod({ spec: { tolerations } }), [disliked, anAgent('b')]), 'a');
});

test('numbers in taints can be compared', () => {
  const agent = anAgent('a', { taints: [{ key: 'tier', value: '5', effect: 'NoSchedule' }] });
  const tolerating = (operator: string, value: string) =>
    placed(aPod({ spec: { tolerations: [{ key: 'tier', operator, value }] } }), [agent]);
  assert.equal(tolerating('Gt', '4'), 'a');
  assert.match(tolerating('Gt', '5'), /untolerated/);
  assert.equal(tolerating('Lt', '6'), 'a');
});
