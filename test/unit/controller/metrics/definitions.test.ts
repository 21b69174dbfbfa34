// Everything that is ever measured, against Prometheus' own rules for names and units.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { metricSections, metricsTableIsStale } from '../../../../scripts/metrics-table.ts';

const ALL = metricSections().flatMap(({ families }) => families);

describe('metrics', () => {
  it('have names of their own', () => {
    const names = ALL.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
    assert.ok(names.length > 50, `only ${names.length} are measured`);
  });

  for (const { name, type, help, labels } of ALL) {
    it(`${name} is named as its type asks, and says what it is`, () => {
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith('_total'), type === 'counter');
      assert.ok(!/_(ms|milliseconds|minutes|kb|mb|percent)(_|$)/.test(name), 'base units only');
      if (type === 'histogram') assert.match(name, /_seconds$|_bytes$/);
      assert.match(help, /^[A-Z].*\.$/);
      for (const label of labels) assert.match(label, /^[a-z][a-z0-9_]*$/);
      for (const reserved of ['le', 'quantile', 'pod', 'namespace', 'user']) {
        assert.ok(!labels.includes(reserved), `${reserved} is no label`);
      }
    });
  }

  it('are all in docs/metrics.md, as they are', () => {
    assert.equal(metricsTableIsStale(), false, 'run: npm run generate');
  });
});
