import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTokenRevision, refreshAtMs, tokenRevision } from '../../../../controller/model/token-life.ts';

const HOUR = 3_600_000;

describe('a token', () => {
  for (const { hours, dueAfterHours } of [
    { hours: 1, dueAfterHours: 0.8 },
    { hours: 10, dueAfterHours: 8 },
    { hours: 30, dueAfterHours: 24 },
    { hours: 8760, dueAfterHours: 24 },
  ]) {
    it(`of ${hours} h is renewed after ${dueAfterHours} h, or up to 10 s before`, () => {
      const life = { issuedMs: 1000, expiresMs: 1000 + hours * HOUR };
      assert.equal(refreshAtMs(life, 0), 1000 + dueAfterHours * HOUR);
      assert.ok(refreshAtMs(life, 0.999) > 1000 + dueAfterHours * HOUR - 10_000);
    });
  }

  it('says in its revision how long it lives', () => {
    const life = { issuedMs: 1_767_225_600_000, expiresMs: 1_767_229_200_000 };
    assert.deepEqual(parseTokenRevision(tokenRevision(life)), life);
  });

  for (const revision of [undefined, '', '1', '1-', 'a-b', '-1-2', '1-2-3', `${'9'.repeat(16)}-1`]) {
    it(`is not taken for known from '${revision}'`, () => {
      assert.equal(parseTokenRevision(revision), undefined);
    });
  }
});
