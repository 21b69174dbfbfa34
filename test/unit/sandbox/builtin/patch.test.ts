import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatchTo, checkPatchType, mergePatch } from '../../../../sandbox/builtin/patch.ts';
import { Registry } from '../../../../sandbox/builtin/registry.ts';

const pods = new Registry().builtin('pods');
const custom = { ...pods, schema: {} };
const request = (contentType: string, body: unknown) => ({ contentType, body, resource: pods });

test('a merge patch merges objects, replaces lists and removes by null (RFC 7386)', () => {
  const cases = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: ['c'] }, { a: ['c'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: 'foo' }, { a: { b: 1 } }, { a: { b: 1 } }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, expected] of cases) assert.deepEqual(mergePatch(target, patch), expected);
});

test('a merge patch applied twice is the same as once, and never changes its target', () => {
  const json = fc
    .dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue(), { noNullPrototype: true })
    .filter((value) => !JSON.stringify(value).includes('__proto__'));
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const before = structuredClone(target);
      const once = mergePatch(target, patch);
      assert.deepEqual(mergePatch(once, patch), once);
      assert.deepEqual(target, before);
    }),
  );
});

test('a JSON patch that does not apply is refused as a whole', () => {
  const current = { metadata: { labels: { a: '1' } } };
  const type = 'application/json-patch+json';
  const good = [{ op: 'replace', path: '/metadata/labels/a', value: '2' }];
  assert.deepEqual(applyPatchTo(current, request(type, good)), { metadata: { labels: { a: '2' } } });
  const bad = [...good, { op: 'test', path: '/metadata/labels/a', value: '1' }];
  assert.throws(() => applyPatchTo(current, request(type, bad)), { httpCode: 422 });
  assert.throws(() => applyPatchTo(current, request(type, [{ op: 'remove', path: '/nothing' }])), {
    httpCode: 422,
  });
  assert.throws(() => applyPatchTo(current, request(type, [{ op: 'move', path: '/a' }])), { httpCode: 422 });
  assert.throws(() => applyPatchTo(current, request(type, { op: 'add' })), { httpCode: 400 });
  assert.deepEqual(current, { metadata: { labels: { a: '1' } } });
});

test('replacing a field that is not there adds it', () => {
  const type = 'application/json-patch+json';
  const patch = [{ op: 'replace', path: '/data/b', value: '2' }];
  assert.deepEqual(applyPatchTo({ data: { a: '1' } }, request(type, patch)), { data: { a: '1', b: '2' } });
});

test('unknown patch formats, and strategic merge of custom objects, are 415', () => {
  assert.throws(() => checkPatchType('application/json', pods), { httpCode: 415 });
  const strategic = 'application/strategic-merge-patch+json';
  assert.doesNotThrow(() => checkPatchType(strategic, pods));
  assert.throws(() => checkPatchType(strategic, custom), { httpCode: 415 });
});
