import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRedial, type Ending } from '../../../../agent/link/redial.ts';

const waitsInS = (endings: readonly (readonly [ending: Ending, heldWell?: boolean])[], random = 0) => {
  const redial = createRedial(() => random);
  return endings.map(([ending, heldWell = false]) => redial.after(ending, heldWell) / 1000);
};
const times = (count: number, ending: Ending) => Array.from({ length: count }, () => [ending] as const);

describe('the wait before the next attempt', () => {
  it('grows to 5 s while the controller is away, to a minute where it refuses, to 15 minutes after a removal', () => {
    assert.deepEqual(waitsInS(times(5, 'away')), [1, 2, 4, 5, 5]);
    assert.deepEqual(waitsInS(times(8, 'refused')), [1, 2, 4, 8, 16, 32, 60, 60]);
    assert.deepEqual(waitsInS(times(10, 'removed')), [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
  });

  it('is that of the newest ending, and short again after a session that held', () => {
    const refusedLong = times(7, 'refused');
    assert.deepEqual(waitsInS([...refusedLong, ['away']]).at(-1), 5);
    assert.deepEqual(waitsInS([...refusedLong, ['refused', true], ['refused']]).slice(-2), [1, 2]);
    assert.deepEqual(waitsInS([['away'], ['removed'], ['away', true]]), [1, 5, 1]);
  });

  it('is up to a half shorter by chance', () => {
    assert.deepEqual(waitsInS(times(4, 'away'), 0.999).map(Math.round), [1, 1, 2, 3]);
    assert.deepEqual(waitsInS(times(1, 'removed'), 0.5), [3.75]);
  });
});
