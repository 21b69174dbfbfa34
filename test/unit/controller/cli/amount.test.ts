import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQuantity } from '../../../../common/quantity.ts';
import { formatAmount, formatShare, percentOf } from '../../../../controller/cli/amount.ts';

describe('formatAmount', () => {
  const cases: [resource: string, quantity: string, text: string][] = [
    ['cpu', '0', '0'],
    ['cpu', '1', '1'],
    ['cpu', '1500m', '1.5'],
    ['cpu', '333m', '0.33'],
    ['memory', '0', '0'],
    ['memory', '512', '512'],
    ['memory', '128Mi', '128Mi'],
    ['memory', '8134492Ki', '7.8Gi'],
    ['ephemeral-storage', '1.5Ti', '1.5Ti'],
    ['pods', '110', '110'],
    ['example.com/gpu', '2', '2'],
  ];
  for (const [resource, quantity, text] of cases) {
    it(`shows ${quantity} of ${resource} as ${text}`, () =>
      assert.equal(formatAmount(resource, parseQuantity(quantity) ?? assert.fail()), text));
  }
});

describe('percentOf', () => {
  const cases: [part: bigint, whole: bigint | undefined, percent: number | undefined][] = [
    [0n, 8000n, 0],
    [2500n, 8000n, 31],
    [1n, 3n, 33],
    [2n, 3n, 67],
    [1n, 200n, 1],
    [9000n, 8000n, 113],
    [1n, 0n, undefined],
    [1n, undefined, undefined],
  ];
  for (const [part, whole, percent] of cases) {
    it(`is ${percent} for ${part} of ${whole}`, () => assert.equal(percentOf(part, whole), percent));
  }
});

describe('formatShare', () => {
  it('shows part, whole and per cent', () =>
    assert.equal(formatShare('cpu', { part: { cpu: '500m' }, whole: { cpu: '4' } }), '0.5/4 (13%)'));

  it('takes what nobody requests as nothing', () =>
    assert.equal(formatShare('memory', { part: {}, whole: { memory: '4Gi' } }), '0/4Gi (0%)'));

  it('shows only the part when the whole is not known or no quantity', () => {
    assert.equal(formatShare('cpu', { part: { cpu: '1' }, whole: {} }), '1');
    assert.equal(formatShare('cpu', { part: { cpu: '1' }, whole: { cpu: 'lots' } }), '1');
  });
});
