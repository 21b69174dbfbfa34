import assert from 'node:assert/strict';
import { it } from 'node:test';
import { podCidrNow } from '../../../../agent/link/hearing.ts';

it('an agent keeps the addresses of its pods until it is told others, or that it has none', () => {
  const [known, other] = ['10.208.3.0/24', '10.208.4.0/24'];
  for (const [said, expected] of [
    ['', known],
    [other, other],
    ['none', undefined],
  ] as const) {
    assert.equal(podCidrNow(said, known), expected);
  }
  assert.equal(podCidrNow('', undefined), undefined);
});
