import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetStatus } from '../../../../sandbox/builtin/eviction.ts';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';

function pods(ready: number, unready: number) {
  const make = (status: string) =>
    toKubeObject({
      kind: 'Pod',
      metadata: { name: 'p', labels: { app: 'web' } },
      status: { conditions: [{ type: 'Ready', status }] },
    });
  return [
    ...Array.from({ length: ready }, () => make('True')),
    ...Array.from({ length: unready }, () => make('False')),
  ];
}

function budget(spec: object) {
  return toKubeObject({
    kind: 'PodDisruptionBudget',
    metadata: {},
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });
}

test('a budget allows what its healthy pods are above what it needs', () => {
  const cases: readonly (readonly [object, number, number, number])[] = [
    [{ minAvailable: 1 }, 2, 0, 1],
    [{ minAvailable: 2 }, 2, 0, 0],
    [{ minAvailable: 1 }, 1, 3, 0],
    [{ minAvailable: '50%' }, 3, 0, 1],
    [{ maxUnavailable: 1 }, 3, 0, 1],
    [{ maxUnavailable: 1 }, 2, 1, 0],
    [{ maxUnavailable: '34%' }, 3, 0, 2],
    [{ maxUnavailable: 0 }, 3, 0, 0],
  ];
  for (const [spec, ready, unready, allowed] of cases) {
    const { disruptionsAllowed } = budgetStatus(budget(spec), pods(ready, unready));
    assert.equal(disruptionsAllowed, allowed, `${JSON.stringify(spec)} with ${ready} ready, ${unready} not`);
  }
});

test('pods that the budget does not select do not count', () => {
  const other = toKubeObject({ kind: 'Pod', metadata: { name: 'x', labels: { app: 'db' } } });
  assert.equal(budgetStatus(budget({ minAvailable: 1 }), [other]).expectedPods, 0);
});
