import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesSelector } from '../../../../controller/model/label-selector.ts';

const LABELS = { app: 'shop', stage: 'live' };
const expression = (operator: string, key: string, values?: string[]) => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
});

describe('a label selector', () => {
  for (const { selector, matches } of [
    { selector: undefined, matches: false },
    { selector: {}, matches: true },
    { selector: { matchLabels: { app: 'shop' } }, matches: true },
    { selector: { matchLabels: { app: 'shop', stage: 'test' } }, matches: false },
    { selector: { matchLabels: { toString: 'x' } }, matches: false },
    { selector: expression('In', 'app', ['a', 'shop']), matches: true },
    { selector: expression('In', 'none', ['a']), matches: false },
    { selector: expression('NotIn', 'none', ['a']), matches: true },
    { selector: expression('NotIn', 'app', ['shop']), matches: false },
    { selector: expression('Exists', 'app'), matches: true },
    { selector: expression('Exists', 'constructor'), matches: false },
    { selector: expression('DoesNotExist', 'none'), matches: true },
    { selector: expression('DoesNotExist', 'app'), matches: false },
    { selector: expression('Sometimes', 'app'), matches: false },
    { selector: { matchLabels: { app: 'shop' }, ...expression('Exists', 'none') }, matches: false },
  ]) {
    it(`${JSON.stringify(selector)} ${matches ? 'matches' : 'does not match'}`, () => {
      assert.equal(matchesSelector(selector, LABELS), matches);
    });
  }
});
