import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanDuration, sinceTimestamp } from '../../../../../sandbox/builtin/table/duration.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

const cases: readonly (readonly [number, string])[] = [
  [-3 * S, '<invalid>'],
  [-2 * S, '<invalid>'],
  [-1999, '0s'],
  [-1, '0s'],
  [999, '0s'],
  [S, '1s'],
  [119 * S, '119s'],
  [2 * M, '2m'],
  [2 * M + S, '2m1s'],
  [9 * M + 59 * S, '9m59s'],
  [10 * M + 30 * S, '10m'],
  [179 * M, '179m'],
  [3 * H, '3h'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H + 5 * M, '8h'],
  [47 * H, '47h'],
  [2 * D, '2d'],
  [2 * D + H, '2d1h'],
  [8 * D + H, '8d'],
  [729 * D, '729d'],
  [730 * D, '2y'],
  [731 * D, '2y1d'],
  [8 * 365 * D, '8y'],
];

for (const [ms, want] of cases) {
  test(`${ms} ms print as ${want}`, () => assert.equal(humanDuration(ms), want));
}

test('a time that is missing or no time is unknown', () => {
  assert.equal(sinceTimestamp(undefined, 0), '<unknown>');
  assert.equal(sinceTimestamp('yesterday', 0), '<unknown>');
});
