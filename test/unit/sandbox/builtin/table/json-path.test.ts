import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAll, parseJsonPath } from '../../../../../sandbox/builtin/table/json-path.ts';

const object = {
  spec: {
    name: 'n',
    list: [1, 2, 3],
    'a.b': 'dotted',
    items: [{ k: 'x', v: 1 }, { k: 'y', v: 2 }, { v: 3 }],
  },
};

const cases: readonly (readonly [string, unknown[]])[] = [
  ['.', [object]],
  ['.spec.name', ['n']],
  ['$.spec.name', ['n']],
  ['.spec.missing.deeper', []],
  ['.spec.list[0]', [1]],
  ['.spec.list[-1]', [3]],
  ['.spec.list[9]', []],
  ['.spec.list[*]', [1, 2, 3]],
  ['.spec.a\\.b', ['dotted']],
  [".spec['a.b']", ['dotted']],
  ['.spec["a.b"]', ['dotted']],
  ['.spec.items[?(@.k=="y")].v', [2]],
  [".spec.items[?(@.k=='y')].v", [2]],
  ['.spec.items[?(@.k!="y")].v', [1]],
  ['.spec.items[?(@.v>=2)].v', [2, 3]],
  ['.spec.items[?(@.k)].v', [1, 2]],
];

for (const [path, want] of cases) {
  test(`${path} finds ${JSON.stringify(want)}`, () =>
    assert.deepEqual(findAll(parseJsonPath(path), object), want));
}

for (const path of ['.spec[', '.spec[?(', '.a b', '..', '.spec[a]']) {
  test(`${path} is refused`, () =>
    assert.throws(() => parseJsonPath(path), /unrecognized column definition/));
}
