import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  nextYield,
  type OwnerReading,
  unmeasured,
  type YieldRules,
  type YieldState,
} from '../../../../../controller/model/guest/yield.ts';

const GUEST: YieldState = { kind: 'guest' };
const RULES: YieldRules = {
  ownerLoadPercent: 50,
  temperatureCelsius: 70,
  afterSeconds: 60,
  returnAfterSeconds: 300,
};

/** What becomes of a machine that measures these, one after the other, every ten seconds. */
function after(readings: readonly (OwnerReading | undefined)[], rules = RULES, from = GUEST): YieldState {
  return readings.reduce<YieldState>(
    (state, reading, index) => nextYield(state, { rules, reading, nowMs: index * 10_000 }),
    from,
  );
}

const times = (count: number, reading: OwnerReading | undefined) =>
  Array.from({ length: count }, () => reading);
const BUSY: OwnerReading = { loadPercent: 83 };
const CALM: OwnerReading = { loadPercent: 5 };
const EDGE: OwnerReading = { loadPercent: 45 };
const YIELDING = after(times(7, BUSY));

describe('a machine yields to its owner', () => {
  test('after a threshold was crossed for as long as it says, not before', () => {
    assert.equal(after(times(6, BUSY)).kind, 'guest');
    assert.deepEqual(YIELDING, {
      kind: 'yielding',
      reason: 'OwnerLoad',
      message: 'the owner uses 83 % of the CPU, from 50 % on it is theirs',
    });
  });

  test('not for peaks, and not for what was not seen to last', () => {
    assert.equal(after([...times(5, BUSY), CALM, ...times(5, BUSY)]).kind, 'guest');
    assert.equal(after([...times(5, BUSY), undefined, ...times(5, BUSY)]).kind, 'guest');
  });

  test('until it was well below for as long as it says', () => {
    assert.equal(after(times(30, CALM), RULES, YIELDING).kind, 'yielding');
    assert.deepEqual(after(times(31, CALM), RULES, YIELDING), GUEST);
    assert.equal(after(times(100, EDGE), RULES, YIELDING).kind, 'yielding');
    assert.equal(after([...times(29, CALM), EDGE, ...times(29, CALM)], RULES, YIELDING).kind, 'yielding');
    assert.equal(after(times(100, undefined), RULES, YIELDING).kind, 'yielding');
  });

  test('no longer when nobody asks for it any more', () => {
    assert.deepEqual(after([BUSY], { afterSeconds: 0 }, YIELDING), GUEST);
  });

  const at = { afterSeconds: 0 };
  const battery = (discharging: boolean, percent: number) => ({ battery: { discharging, percent } });
  const reasons: [what: string, rules: YieldRules, reading: OwnerReading, reason: string | undefined][] = [
    ['load below', { ...at, ownerLoadPercent: 50 }, { loadPercent: 49 }, undefined],
    ['load at the threshold', { ...at, ownerLoadPercent: 50 }, { loadPercent: 50 }, 'OwnerLoad'],
    ['hot', { ...at, temperatureCelsius: 70 }, { temperatureCelsius: 70 }, 'Temperature'],
    ['warm', { ...at, temperatureCelsius: 70 }, { temperatureCelsius: 69 }, undefined],
    ['on mains', { ...at, onBattery: true }, battery(false, 20), undefined],
    ['on battery', { ...at, onBattery: true }, battery(true, 99), 'OnBattery'],
    [
      'on battery, and not minded',
      { ...at, onBattery: false, ownerLoadPercent: 50 },
      battery(true, 5),
      undefined,
    ],
    ['battery low', { ...at, batteryBelowPercent: 30 }, battery(true, 29), 'BatteryLow'],
    ['battery low, charging', { ...at, batteryBelowPercent: 30 }, battery(false, 29), undefined],
    ['battery enough', { ...at, batteryBelowPercent: 30 }, battery(true, 30), undefined],
    ['no sensors', { ...at, ownerLoadPercent: 1, temperatureCelsius: 1, onBattery: true }, {}, undefined],
  ];
  for (const [what, rules, reading, reason] of reasons) {
    test(`for its reasons: ${what}`, () => {
      const state = after([reading], rules);
      assert.equal(state.kind === 'yielding' ? state.reason : undefined, reason);
    });
  }

  const back = { returnAfterSeconds: 0 };
  const returns: [what: string, rules: YieldRules, reading: OwnerReading, isBack: boolean][] = [
    ['load just below', { ...back, ownerLoadPercent: 50 }, { loadPercent: 40 }, false],
    ['load well below', { ...back, ownerLoadPercent: 50 }, { loadPercent: 39 }, true],
    ['still warm', { ...back, temperatureCelsius: 70 }, { temperatureCelsius: 66 }, false],
    ['cool', { ...back, temperatureCelsius: 70 }, { temperatureCelsius: 65 }, true],
    ['on mains again', { ...back, onBattery: true }, battery(false, 5), true],
    ['still on battery', { ...back, onBattery: true }, battery(true, 99), false],
    ['hardly charged', { ...back, batteryBelowPercent: 30 }, battery(true, 34), false],
    ['charging', { ...back, batteryBelowPercent: 30 }, battery(false, 10), true],
    ['its sensor is gone', { ...back, temperatureCelsius: 70 }, {}, true],
  ];
  for (const [what, rules, reading, isBack] of returns) {
    test(`and is back: ${what}`, () => {
      assert.equal(after([reading], rules, YIELDING).kind, isBack ? 'guest' : 'yielding');
    });
  }

  test('and says for which thresholds it has no sensor', () => {
    const rules = { ownerLoadPercent: 1, temperatureCelsius: 1, batteryBelowPercent: 1 };
    assert.deepEqual(unmeasured(rules, {}), ["the owner's load", 'temperature', 'battery']);
    assert.deepEqual(unmeasured(rules, { loadPercent: 0, temperatureCelsius: 20, ...battery(false, 1) }), []);
    assert.deepEqual(unmeasured({}, {}), []);
  });

  test('never more often than its times allow, whatever it measures', () => {
    const reading = fc.option(fc.record({ loadPercent: fc.integer({ min: 0, max: 100 }) }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 300 }), (readings) => {
        let state: YieldState = GUEST;
        let changedAt = 0;
        readings.forEach((one, index) => {
          const nowMs = index * 10_000;
          const next = nextYield(state, { rules: RULES, reading: one, nowMs });
          if (next.kind === state.kind) {
            state = next;
            return;
          }
          const least = next.kind === 'yielding' ? 60_000 : 300_000;
          assert.ok(nowMs - changedAt >= least, `changed after ${nowMs - changedAt} ms`);
          [state, changedAt] = [next, nowMs];
        });
      }),
    );
  });
});
