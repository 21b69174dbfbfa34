import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { counter, histogram } from '../../../../common/metrics/family.ts';
import { createCounter, createHistogram } from '../../../../common/metrics/instruments.ts';

describe('a counter', () => {
  it('without labels is zero from the beginning', () => {
    const calls = createCounter(counter('calls_total', 'Calls.'));
    assert.deepEqual([...calls.family().samples], [{ labels: {}, value: 0 }]);
    calls.add({});
    calls.add({}, 2.5);
    assert.deepEqual([...calls.family().samples], [{ labels: {}, value: 3.5 }]);
  });

  it('counts by labels, whatever the order they are given in', () => {
    const calls = createCounter(counter('calls_total', 'Calls.', ['verb', 'code']));
    calls.add({ verb: 'get', code: '200' });
    calls.add({ code: '200', verb: 'get' });
    calls.add({ verb: '200', code: 'get' });
    assert.deepEqual(
      [...calls.family().samples],
      [
        { labels: { verb: 'get', code: '200' }, value: 2 },
        { labels: { verb: '200', code: 'get' }, value: 1 },
      ],
    );
  });

  it('counts what is too varied together', () => {
    const calls = createCounter(counter('calls_total', 'Calls.', ['name']));
    for (let index = 0; index < 1500; index++) calls.add({ name: `n${index}` });
    calls.add({ name: 'n0' });
    const samples = [...calls.family().samples];
    assert.equal(samples.length, 1001);
    assert.deepEqual(samples[0], { labels: { name: 'n0' }, value: 2 });
    assert.deepEqual(samples.at(-1), { labels: { name: 'other' }, value: 500 });
  });
});

describe('a histogram', () => {
  it('has cumulative buckets, their bounds included, a sum and a count', () => {
    const durations = createHistogram(histogram('seconds', 'Seconds.', ['verb']), [0.1, 1]);
    for (const seconds of [0.1, 0.2, 1, 7]) durations.observe({ verb: 'get' }, seconds);
    const labels = { verb: 'get' };
    assert.deepEqual(
      [...durations.family().samples],
      [
        { suffix: '_bucket', labels: { verb: 'get', le: '0.1' }, value: 1 },
        { suffix: '_bucket', labels: { verb: 'get', le: '1' }, value: 3 },
        { suffix: '_bucket', labels: { verb: 'get', le: '+Inf' }, value: 4 },
        { suffix: '_sum', labels, value: 8.3 },
        { suffix: '_count', labels, value: 4 },
      ],
    );
  });
});
