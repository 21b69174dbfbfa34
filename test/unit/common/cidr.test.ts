import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Cidr, cidrText, overlaps, parseCidr, parseCidrLoosely, sizeOf } from '../../../common/cidr.ts';

const anyCidr = fc
  .record({ address: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }): Cidr => ({ base: address - (address % sizeOf(prefix)), prefix }));
const contains = ({ base, prefix }: Cidr, address: number) =>
  address >= base && address < base + sizeOf(prefix);

describe('a range of addresses', () => {
  it('is read as it is written', () => {
    assert.deepEqual(parseCidr('10.208.0.0/12'), { base: 0x0ad00000, prefix: 12 });
    assert.equal(cidrText({ base: 0xffffff00, prefix: 24 }), '255.255.255.0/24');
    fc.assert(fc.property(anyCidr, (cidr) => assert.deepEqual(parseCidr(cidrText(cidr)), cidr)));
  });

  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.1/24',
    '256.0.0.0/8',
    '10.0.0.0/8 ',
    'fd00::/8',
  ]) {
    it(`is not '${text}'`, () => assert.equal(parseCidr(text), undefined));
  }

  it('may be told by any address within', () => {
    assert.deepEqual(parseCidrLoosely('10.208.3.7/24'), parseCidr('10.208.3.0/24'));
    assert.equal(parseCidrLoosely('10.208.3.7/33'), undefined);
    fc.assert(
      fc.property(anyCidr, fc.nat(2 ** 32 - 1), (cidr, at) => {
        const text = cidrText({ base: cidr.base + (at % sizeOf(cidr.prefix)), prefix: cidr.prefix });
        assert.deepEqual(parseCidrLoosely(text), cidr);
      }),
    );
  });

  it('overlaps another when they share an address', () => {
    fc.assert(
      fc.property(anyCidr, anyCidr, (a, b) => {
        assert.equal(overlaps(a, b), contains(a, b.base) || contains(b, a.base));
        assert.equal(overlaps(a, b), overlaps(b, a));
      }),
    );
  });
});
