import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { countOn, type NodeCounters } from '../../../../../controller/model/figures/node-counters.ts';

const counters = (cpuUsec: number): NodeCounters => ({
  ...{ cpuUsec, rxBytes: cpuUsec, rxErrors: 0, txBytes: 0, txErrors: 0 },
  ...{ agentCpuUsec: cpuUsec, engineCpuUsec: 0 },
});

describe('the counters of a node', () => {
  it('begin as those of its first machine, and take on what the others count from then on', () => {
    let node = countOn(undefined, { before: undefined, now: counters(1000) });
    assert.equal(node.cpuUsec, 1000);
    node = countOn(node, { before: undefined, now: counters(999_999) });
    assert.equal(node.cpuUsec, 1000, 'a machine that joins is no leap');
    node = countOn(node, { before: counters(999_999), now: counters(1_000_009) });
    assert.deepEqual([node.cpuUsec, node.rxBytes], [1010, 1010]);
    node = countOn(node, { before: counters(1_000_009), now: counters(4) });
    assert.equal(node.cpuUsec, 1014, 'it was booted anew');
  });

  it('never fall and never leap', () => {
    const step = fc.record({ machine: fc.nat(3), growth: fc.nat(1000), away: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const real = new Map<number, number>();
        const heard = new Map<number, NodeCounters>();
        let node: NodeCounters | undefined;
        for (const { machine, growth, away } of steps) {
          const now = counters((real.get(machine) ?? 1e6 * machine) + growth);
          real.set(machine, now.cpuUsec);
          if (away) {
            heard.delete(machine);
            continue;
          }
          const next: NodeCounters = countOn(node, { before: heard.get(machine), now });
          if (node) assert.ok(next.cpuUsec >= node.cpuUsec && next.cpuUsec - node.cpuUsec <= growth);
          node = next;
          heard.set(machine, now);
        }
      }),
    );
  });
});
