import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { collectLabelChange } from '../../../../controller/cli/agents-label.ts';
import { collectTaintChange } from '../../../../controller/cli/agents-taint.ts';

describe('what is set and removed', () => {
  it('of labels', () => {
    const read = (...texts: string[]) =>
      texts.reduce<ReturnType<typeof collectLabelChange> | undefined>(
        (before, text) => collectLabelChange(text, before),
        undefined,
      );
    assert.deepEqual(read('zone=garage', 'example.com/disk=', 'old-', 'ends=in-dash-x'), {
      set: { zone: 'garage', 'example.com/disk': '', ends: 'in-dash-x' },
      remove: ['old'],
    });
    for (const wrong of ['zone', '-', 'a b-', 'zone=a b', '=x'])
      assert.throws(() => read(wrong), /Expected key=value/);
  });

  it('of taints', () => {
    const none = { set: [], remove: [] };
    assert.deepEqual(collectTaintChange('a=b:NoSchedule'), {
      ...none,
      set: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
    });
    assert.deepEqual(collectTaintChange('x.y/a:NoExecute').set, [
      { key: 'x.y/a', value: '', effect: 'NoExecute' },
    ]);
    assert.deepEqual(collectTaintChange('a:NoExecute-').remove, [{ key: 'a', effect: 'NoExecute' }]);
    assert.deepEqual(collectTaintChange('a-').remove, [{ key: 'a', effect: '' }]);
    assert.deepEqual(collectTaintChange('a=b:NoSchedule-').remove, [{ key: 'a', effect: 'NoSchedule' }]);
    for (const wrong of ['a', 'a=b', 'a=b:Never', ':NoSchedule', 'a=b=c:NoSchedule', '-'])
      assert.throws(() => collectTaintChange(wrong), `${wrong} was taken`);
  });
});
