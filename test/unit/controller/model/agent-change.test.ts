import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AgentSpec } from '../../../../controller/model/agent.ts';
import { type AgentChange, changedSpec } from '../../../../controller/model/agent-change.ts';

const spec = (wish: Partial<AgentSpec> = {}): AgentSpec => ({ publicKeyHash: '0', ...wish });
const change = (wish: Partial<AgentChange>): AgentChange => ({
  ...{ overwrite: false, setLabels: {}, removeLabels: [], setTaints: [], removeTaints: [] },
  ...wish,
});
const cameras = { key: 'dedicated', value: 'cameras', effect: 'NoSchedule' } as const;

describe('changedSpec', () => {
  const cases: readonly [
    what: string,
    before: Partial<AgentSpec>,
    wish: Partial<AgentChange>,
    after: object | undefined,
  ][] = [
    ['sets a label', { labels: { a: '1' } }, { setLabels: { b: '2' } }, { labels: { a: '1', b: '2' } }],
    ['sets a label without a value', {}, { setLabels: { old: '' } }, { labels: { old: '' } }],
    ['removes a label without a value', { labels: { old: '' } }, { removeLabels: ['old'] }, { labels: {} }],
    [
      'leaves labels that are so',
      { labels: { a: '1' } },
      { setLabels: { a: '1' }, removeLabels: ['b'] },
      undefined,
    ],
    [
      'replaces a label when told',
      { labels: { a: '1' } },
      { setLabels: { a: '2' }, overwrite: true },
      { labels: { a: '2' } },
    ],
    ['pins an image', { pinnedImages: ['a'] }, { pinImages: ['b:1'] }, { pinnedImages: ['a', 'b:1'] }],
    [
      'pins it once, however it is written',
      { pinnedImages: ['a'] },
      { pinImages: ['docker.io/library/a:latest'] },
      undefined,
    ],
    [
      'unpins it, however it is written',
      { pinnedImages: ['a', 'b'] },
      { unpinImages: ['docker.io/a'] },
      { pinnedImages: ['b'] },
    ],
    ['leaves a pin that is not there', {}, { unpinImages: ['a'] }, undefined],
    ['drains, which cordons', {}, { drain: {} }, { unschedulable: true, drain: {} }],
    [
      'drains by other rules',
      { unschedulable: true, drain: {} },
      { drain: { force: true } },
      { drain: { force: true } },
    ],
    [
      'drains on by the rules there are when it is told no others',
      { unschedulable: true, drain: { force: true, gracePeriodSeconds: 5 } },
      { drain: {} },
      undefined,
    ],
    ['drains what is drained', { unschedulable: true, drain: {} }, { drain: {} }, undefined],
    [
      'ends a drain with the cordon',
      { unschedulable: true, drain: { force: true } },
      { unschedulable: false },
      { unschedulable: false, drain: undefined },
    ],
    ['ends a drain without a cordon', { drain: {} }, { unschedulable: false }, { drain: undefined }],
    ['keeps a drain', { unschedulable: true, drain: {} }, { unschedulable: true }, undefined],
    ['sets a taint', {}, { setTaints: [cameras] }, { taints: [cameras] }],
    ['leaves a taint that is so', { taints: [cameras] }, { setTaints: [{ ...cameras }] }, undefined],
    [
      'keeps taints of one key and another effect',
      { taints: [cameras] },
      { setTaints: [{ key: 'dedicated', effect: 'NoExecute' }] },
      { taints: [cameras, { key: 'dedicated', effect: 'NoExecute' }] },
    ],
    [
      'replaces the value of a taint when told',
      { taints: [cameras] },
      { setTaints: [{ ...cameras, value: 'x' }], overwrite: true },
      { taints: [{ ...cameras, value: 'x' }] },
    ],
    [
      'removes taints by key',
      { taints: [cameras] },
      { removeTaints: [{ key: 'dedicated' }] },
      { taints: [] },
    ],
    [
      'removes a taint of one effect only',
      { taints: [cameras] },
      { removeTaints: [{ key: 'dedicated', effect: 'NoExecute' }] },
      undefined,
    ],
    ['cordons', {}, { unschedulable: true }, { unschedulable: true }],
    ['does not cordon twice', { unschedulable: true }, { unschedulable: true }, undefined],
    ['uncordons', { unschedulable: true }, { unschedulable: false }, { unschedulable: false }],
    ['takes absent for schedulable', {}, { unschedulable: false }, undefined],
  ];
  for (const [what, before, wish, after] of cases) {
    it(what, () => assert.deepEqual(changedSpec(spec(before), change(wish)), after));
  }

  it('replaces nothing that nobody spoke of', () => {
    assert.throws(
      () => changedSpec(spec({ labels: { a: '1' } }), change({ setLabels: { a: '2' } })),
      /the label a is '1' already: --overwrite replaces it/,
    );
    assert.throws(
      () => changedSpec(spec({ taints: [cameras] }), change({ setTaints: [{ ...cameras, value: 'x' }] })),
      /the taint dedicated:NoSchedule has the value 'cameras' already/,
    );
  });

  it('keeps within what an Agent may have', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']));
    assert.throws(
      () =>
        changedSpec(
          spec({ labels: many(40) }),
          change({ setLabels: { ...many(64), x: '' }, overwrite: true }),
        ),
      /at most 64 labels/,
    );
  });

  it('says nothing more once it is done', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const labels = fc.dictionary(key, fc.constantFrom('', '1', '2'));
    const taint = fc.record({
      key,
      value: fc.constantFrom('', 'x'),
      effect: fc.constantFrom('NoSchedule', 'NoExecute'),
    });
    const taints = fc.uniqueArray(taint, { selector: (one) => `${one.key}:${one.effect}` });
    fc.assert(
      fc.property(
        labels,
        labels,
        taints,
        taints,
        fc.boolean(),
        (has, set, hasTaints, setTaints, unschedulable) => {
          const wish = change({
            setLabels: set,
            setTaints: setTaints as never,
            unschedulable,
            overwrite: true,
          });
          const before = spec({ labels: has, taints: hasTaints as never });
          const after = { ...before, ...changedSpec(before, wish) };
          assert.equal(changedSpec(after, wish), undefined);
          for (const [name, value] of Object.entries(set)) assert.equal(after.labels?.[name], value);
        },
      ),
    );
  });
});
