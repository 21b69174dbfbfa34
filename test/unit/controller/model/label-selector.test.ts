import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesSelector } from '../../../../controller/model/label-selector.ts';

const labels = { app: 'web', tier: 'front' };

test('every operator, and all requirements together', () => {
  const one = (operator: string, key: string, values?: string[]) =>
    matchesSelector({ matchExpressions: [{ operator, key, ...(values && { values }) }] }, labels);
  assert.equal(one('In', 'app', ['api', 'web']), true);
  assert.equal(one('In', 'app', ['api']), false);
  assert.equal(one('NotIn', 'app', ['api']), true);
  assert.equal(one('NotIn', 'absent', ['api']), true);
  assert.equal(one('Exists', 'tier'), true);
  assert.equal(one('DoesNotExist', 'tier'), false);
  assert.equal(one('Unheard', 'tier'), false);
  assert.equal(matchesSelector({ matchLabels: { app: 'web' }, matchExpressions: [] }, labels), true);
  const both = { matchLabels: { app: 'web' }, matchExpressions: [{ operator: 'DoesNotExist', key: 'tier' }] };
  assert.equal(matchesSelector(both, labels), false);
  assert.equal(matchesSelector({ matchLabels: { toString: 'x' } }, labels), false);
});

test('an absent selector means nothing, an empty one everything', () => {
  assert.equal(matchesSelector(undefined, labels), false);
  assert.equal(matchesSelector({}, labels), true);
});
