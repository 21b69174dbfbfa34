import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearerToken } from '../../../../controller/kubelet/caller.ts';

describe('bearerToken', () => {
  const cases: [header: string | undefined, token: string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearer abc.def', 'abc.def'],
    ['bearer  abc', 'abc'],
    ['Bearer a b', undefined],
    ['Basic YTpi', undefined],
  ];
  for (const [header, token] of cases) {
    it(`takes ${token ?? 'nothing'} from ${header === undefined ? 'no header' : `'${header}'`}`, () =>
      assert.equal(bearerToken(header), token));
  }
});
