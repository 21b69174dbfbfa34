import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAge, formatDuration } from '../../../../controller/cli/age.ts';

const s = 1000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;

describe('formatDuration', () => {
  const cases: [ms: number, text: string][] = [
    [-5 * s, '<invalid>'],
    [-1 * s, '0s'],
    [0, '0s'],
    [999, '0s'],
    [119 * s, '119s'],
    [2 * m, '2m'],
    [2 * m + 1 * s, '2m1s'],
    [9 * m + 59 * s, '9m59s'],
    [10 * m + 59 * s, '10m'],
    [179 * m, '179m'],
    [3 * h, '3h'],
    [3 * h + 20 * m, '3h20m'],
    [8 * h + 59 * m, '8h'],
    [47 * h, '47h'],
    [2 * d, '2d'],
    [3 * d + 4 * h, '3d4h'],
    [8 * d + 23 * h, '8d'],
    [729 * d, '729d'],
    [730 * d, '2y'],
    [800 * d, '2y70d'],
    [3000 * d, '8y'],
  ];
  for (const [ms, text] of cases)
    it(`says ${text} for ${ms} ms`, () => assert.equal(formatDuration(ms), text));
});

describe('formatAge', () => {
  it('counts from then to now', () => assert.equal(formatAge(1_000_000, 1_000_000 + 5 * h), '5h'));

  it('does not know an age without a beginning', () => assert.equal(formatAge(0, 5 * h), '<unknown>'));
});
