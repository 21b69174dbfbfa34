import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { elapsedMs, type Moment } from '../../../../agent/pod/moment.ts';

const TODAY = Date.UTC(2026, 5);
const HOUR = 3_600_000;
const at = (wallMs: number, bootId: string, monotonicMs: number): Moment => ({ wallMs, bootId, monotonicMs });

describe('what has passed since a moment', () => {
  for (const { name, since, now, passed } of [
    {
      name: 'is what the monotonic clock says, when the clock is set from 1970 to today',
      since: at(5000, 'a', 5000),
      now: at(TODAY, 'a', 9000),
      passed: 4000,
    },
    {
      name: 'is what the monotonic clock says, when the clock is set back',
      since: at(TODAY, 'a', 5000),
      now: at(TODAY - HOUR, 'a', 9000),
      passed: 4000,
    },
    {
      name: 'is told by the clock after a boot',
      since: at(TODAY, 'a', 5000),
      now: at(TODAY + HOUR, 'b', 9000),
      passed: HOUR,
    },
    {
      name: 'is the time since the boot, when the clock was not set before it',
      since: at(5000, 'a', 5000),
      now: at(TODAY, 'b', 9000),
      passed: 9000,
    },
    {
      name: 'is the time since the boot, while the clock is not set after it',
      since: at(TODAY, 'a', 5000),
      now: at(9000, 'b', 9000),
      passed: 9000,
    },
    {
      name: 'is no less than the time since the boot, when the clock lags behind',
      since: at(TODAY, 'a', 5000),
      now: at(TODAY - HOUR, 'b', 9000),
      passed: 9000,
    },
  ]) {
    it(name, () => assert.equal(elapsedMs(since, now), passed));
  }
});
