import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anAgent, asking, on, placed } from '../../../../kit/placement.ts';
import { aPod } from '../../../../kit/pods.ts';

test('a pod goes where it fits best, so that large pods find room elsewhere', () => {
  const agents = [anAgent('a'), anAgent('b'), anAgent('c')];
  const there = [on('b', asking({ cpu: '2' }, { uid: 'x' }))];
  assert.equal(placed(asking({ cpu: '1' }), agents, there), 'b');
  const sizes = [
    anAgent('large', { allocatable: { cpu: '16' } }),
    anAgent('small', { allocatable: { cpu: '2' } }),
  ];
  assert.equal(placed(asking({ cpu: '1' }), sizes), 'small');
  assert.equal(placed(asking({ cpu: '3' }), sizes), 'large');
});

test('every resource that the pod asks for counts alike, and nothing else does', () => {
  const agents = [
    anAgent('a', { allocatable: { cpu: '10', memory: '10Gi' } }),
    anAgent('b', { allocatable: { cpu: '10', memory: '10Gi' } }),
  ];
  const there = [
    on('a', asking({ cpu: '4' }, { uid: 'x' })),
    on('b', asking({ memory: '5Gi', 'ephemeral-storage': '1Gi' }, { uid: 'y' })),
  ];
  assert.equal(placed(asking({ cpu: '1' }), agents, there), 'a');
  assert.equal(placed(asking({ memory: '1Gi' }), agents, there), 'b');
  assert.equal(placed(asking({ cpu: '1', memory: '1Gi' }), agents, there), 'b');
});

test('a pod that asks for nothing goes where the fewest pods are', () => {
  const there = [on('a', aPod({ uid: 'x' })), on('b', asking({ cpu: '3' }, { uid: 'y' }))];
  assert.equal(placed(aPod(), [anAgent('a'), anAgent('b'), anAgent('c')], there), 'c');
});

test('preferred node affinity: the sum of the weights of the terms that match', () => {
  const agents = [
    anAgent('a', { labels: { disk: 'ssd' } }),
    anAgent('b', { labels: { disk: 'hdd', rack: 'left' } }),
    anAgent('c', { labels: { rack: 'right' } }),
  ];
  const preferring = (...terms: [weight: number, key: string, value: string][]) =>
    aPod({
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, key, value]) => ({
              weight,
              preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] },
            })),
          },
        },
      },
    });
  assert.equal(placed(preferring([1, 'rack', 'right']), agents), 'c');
  assert.equal(
    placed(preferring([50, 'disk', 'ssd'], [30, 'disk', 'hdd'], [30, 'rack', 'left']), agents),
    'b',
  );
  assert.equal(placed(preferring([10, 'disk', 'nvme']), agents), 'a', 'no wish comes true: the first name');
});

test('what is preferred outweighs how well it fits', () => {
  const agents = [anAgent('a', { labels: { disk: 'ssd' } }), anAgent('b')];
  const there = [on('b', asking({ cpu: '2' }, { uid: 'x' }))];
  const pod = asking(
    { cpu: '1' },
    {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
            ],
          },
        },
      },
    },
  );
  assert.equal(placed(pod, agents, there), 'a');
});
