import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { overlaps, parseCidr } from '../../../../common/cidr.ts';
import { nextPodCidr, type PodRange, parsePodRange } from '../../../../controller/model/pod-cidrs.ts';

const range = (text: string): PodRange => {
  const parsed = parsePodRange(text);
  assert.ok(parsed, text);
  return parsed;
};
const next = (text: string, ...taken: string[]) => nextPodCidr(range(text), taken);

describe('the pod addresses of an agent', () => {
  it('are the first part of the range that nobody has', () => {
    assert.equal(next('10.208.0.0/12'), '10.208.0.0/24');
    assert.equal(next('10.208.0.0/12', '10.208.0.0/24', '10.208.2.0/24'), '10.208.1.0/24');
    assert.equal(next('10.208.0.0/12:25', '10.208.0.0/24'), '10.208.1.0/25');
    assert.equal(next('10.208.0.0/12', '10.0.0.0/8'), undefined);
    assert.equal(next('10.208.0.0/23', '10.208.0.128/25', 'nonsense', '192.168.0.0/24'), '10.208.1.0/24');
    assert.equal(next('10.208.0.0/24', '10.208.0.0/24'), undefined);
  });

  for (const text of [
    '10.208.0.0',
    '10.208.0.0/12:',
    '10.208.0.0/12:11',
    '10.208.0.0/12:29',
    '10.0.0.0/8:24:1',
  ])
    it(`cannot come from '${text}'`, () => assert.equal(parsePodRange(text), undefined));

  it('are never those of another, and all are given before there are none', () => {
    const sizes = fc
      .integer({ min: 20, max: 28 })
      .chain((prefix) =>
        fc.tuple(fc.constant(prefix), fc.integer({ min: prefix, max: Math.min(28, prefix + 6) })),
      );
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(255)), ([prefix, size], gone) => {
        const pods = range(`10.208.0.0/${prefix}:${size}`);
        const taken: string[] = [];
        for (let given = nextPodCidr(pods, taken); given !== undefined; given = nextPodCidr(pods, taken)) {
          const cidr = parseCidr(given);
          for (const other of taken.flatMap((text) => parseCidr(text) ?? [])) {
            assert.ok(cidr && !overlaps(cidr, other));
          }
          taken.push(given);
        }
        assert.equal(taken.length, 2 ** (size - prefix));
        // Who leaves makes room.
        const left = taken.filter((_, index) => !gone.includes(index));
        assert.equal(nextPodCidr(pods, left) !== undefined, left.length < taken.length);
      }),
      { numRuns: 50 },
    );
  });
});
