import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatQuantity, parseQuantity, wholeUnits } from '../../../common/quantity.ts';

describe('parseQuantity', () => {
  const valid: [string, bigint][] = [
    ['0', 0n],
    ['1', 1000n],
    ['500m', 500n],
    ['1.5', 1500n],
    ['.5', 500n],
    ['2.', 2000n],
    ['1Ki', 1_024_000n],
    ['1.5Gi', 1_610_612_736_000n],
    ['2e3', 2_000_000n],
    ['1E3', 1_000_000n],
    ['1E', 10n ** 21n],
    ['5n', 1n],
    ['1u', 1n],
    ['-1500m', -1500n],
    ['+3', 3000n],
  ];
  for (const [text, expected] of valid) {
    it(`reads ${text} as ${expected} thousandths`, () => assert.equal(parseQuantity(text), expected));
  }

  for (const text of ['', ' ', '1 Gi', 'Gi', '1KiB', '1e', '--1', '1e999', '0x10', '1,5', '9'.repeat(80)]) {
    it(`refuses ${JSON.stringify(text.slice(0, 12))}`, () => assert.equal(parseQuantity(text), undefined));
  }
});

describe('formatQuantity', () => {
  const cases: [bigint, 'decimal' | 'binary', string][] = [
    [0n, 'binary', '0'],
    [1500n, 'decimal', '1500m'],
    [2000n, 'decimal', '2'],
    [536_870_912_000n, 'binary', '512Mi'],
    [536_870_913_000n, 'binary', '536870913'],
  ];
  for (const [milli, form, expected] of cases) {
    it(`writes ${milli} thousandths as ${expected}`, () =>
      assert.equal(formatQuantity(milli, form), expected));
  }

  it('writes what parseQuantity reads back, whatever the amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 70n }),
        fc.constantFrom('decimal', 'binary'),
        (milli, form) => {
          assert.equal(parseQuantity(formatQuantity(milli, form)), milli);
        },
      ),
    );
  });
});

describe('wholeUnits', () => {
  it('rounds up, so that a request is never charged too little', () => {
    assert.equal(wholeUnits(1n), 1);
    assert.equal(wholeUnits(1000n), 1);
    assert.equal(wholeUnits(1001n), 2);
  });
});
