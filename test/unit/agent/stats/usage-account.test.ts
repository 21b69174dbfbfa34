import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UsageAccount } from '../../../../agent/stats/usage-account.ts';

describe('a rate', () => {
  it('is of the time since the counter was seen last', () => {
    const account = new UsageAccount();
    assert.equal(account.rate('c', { usec: 100, atMs: 0 }), undefined);
    assert.equal(account.rate('c', { usec: 1_000_100, atMs: 2000 }), 500_000_000, 'half a core');
    assert.equal(account.rate('c', { usec: 1_000_100, atMs: 2000 }), undefined, 'no time has passed');
    assert.equal(account.rate('c', { usec: 5, atMs: 3000 }), undefined, 'it has begun anew');
    assert.equal(account.rate('c', { usec: 5, atMs: 4000 }), 0);
    account.beginAnew();
    assert.equal(account.rate('c', { usec: 10, atMs: 9000 }), undefined);
  });
});

describe('the CPU of a pod', () => {
  it('keeps what its ended containers have used', () => {
    const account = new UsageAccount();
    const sum = (measured: Record<string, number>, present = Object.keys(measured)) =>
      account.podUsec('u', { measured: new Map(Object.entries(measured)), present: new Set(present) });
    assert.equal(sum({ a: 10, b: 5 }), 15);
    assert.equal(sum({ b: 6 }, ['a', 'b']), 16, 'one that could not be measured counts as before');
    assert.equal(sum({ b: 7, c: 1 }), 18, 'the successor begins at nothing');
    account.retain({ keys: new Set(), pods: new Set() });
    assert.equal(sum({ d: 1 }), 1, 'another pod');
  });

  it('never falls, whatever its containers do', () => {
    const round = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(round), (rounds) => {
        const account = new UsageAccount();
        const counters = new Map<string, number>();
        let before = 0;
        for (const growth of rounds) {
          for (const id of counters.keys()) if (!(id in growth)) counters.delete(id);
          for (const [id, usec] of Object.entries(growth)) counters.set(id, (counters.get(id) ?? 0) + usec);
          const now = account.podUsec('u', { measured: counters, present: new Set(counters.keys()) });
          assert.ok(now >= before, `${now} after ${before}`);
          before = now;
        }
      }),
    );
  });
});
