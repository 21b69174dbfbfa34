// What probes have come to, and how long those took that succeeded: others say how long their time limit is.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProbeCounts } from '../../../../agent/probes/probe-counts.ts';

it('counts each probe by its result, and how long it took when it succeeded', () => {
  const counts = new ProbeCounts();
  const readiness = { container: 'main', kind: 'readiness' as const };
  for (const [outcome, tookMs] of [
    ['success', 0.4],
    ['success', 5],
    ['warning', 5.1],
    ['success', 10_000],
    ['success', 10_001],
    ['failure', 1000],
    ['error', 7],
  ] as const)
    counts.add(readiness, { outcome, tookMs });
  counts.add({ container: 'main', kind: 'liveness' }, { outcome: 'failure', tookMs: 3 });
  const none = { durationCounts: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], durationUsec: 0 };
  assert.deepEqual(counts.of('main'), [
    {
      ...{ type: 'readiness', successful: 5, failed: 1, unknown: 1 },
      ...{ durationCounts: [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], durationUsec: 20_011_500 },
    },
    { type: 'liveness', successful: 0, failed: 1, unknown: 0, ...none },
  ]);
  assert.deepEqual(counts.of('other'), []);
});
