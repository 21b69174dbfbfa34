import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chooseRange } from '../../../sandbox/pod-range.ts';

it('a sandbox has pod addresses of its own, as long as there are any', () => {
  assert.equal(chooseRange([], 0), '10.208.0.0/20');
  assert.equal(chooseRange(['10.208.3.0/24', '172.17.0.0/16', 'fd00::/64'], 0), '10.208.16.0/20');
  assert.equal(chooseRange(['10.216.0.0/13'], 0.999), '10.215.240.0/20');
  assert.equal(chooseRange(['10.0.0.0/8'], 0.5), '10.208.0.0/12');
});
