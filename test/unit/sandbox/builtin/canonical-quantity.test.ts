import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseQuantity } from '../../../../common/quantity.ts';
import { canonicalQuantity } from '../../../../sandbox/builtin/canonical-quantity.ts';

test('a quantity is spelt as the API server spells it', () => {
  const cases = [
    ['0.5', '500m'],
    ['1', '1'],
    [1, '1'],
    ['1000', '1k'],
    ['1500', '1500'],
    ['1000m', '1'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['1000Mi', '1000Mi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['512Ki', '512Ki'],
    ['1000Ki', '1000Ki'],
    ['0.5Ki', '512'],
    ['0Mi', '0'],
    ['00', '0'],
    ['-2000', '-2k'],
    ['+5', '5'],
    ['.5', '500m'],
    ['0.0000000001', '1n'],
    ['soon', 'soon'],
    [undefined, undefined],
  ] as const;
  for (const [given, expected] of cases) assert.equal(canonicalQuantity(given), expected, String(given));
});

test('the canonical spelling has the same value, and is its own canonical spelling', () => {
  const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2');
  const text = fc.tuple(fc.nat(1_000_000), fc.option(fc.nat(999)), suffix);
  fc.assert(
    fc.property(text, ([whole, fraction, unit]) => {
      const given = `${whole}${fraction === null ? '' : `.${fraction}`}${unit}`;
      const canonical = String(canonicalQuantity(given));
      assert.equal(parseQuantity(canonical), parseQuantity(given));
      assert.equal(canonicalQuantity(canonical), canonical);
    }),
  );
});
