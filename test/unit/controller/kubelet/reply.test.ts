import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import { replyToError } from '../../../../controller/kubelet/reply.ts';

describe('replyToError', () => {
  const text = 'container "c" in pod "p" is waiting to start: PodInitializing';
  const cases = [
    ['not-found', 404],
    ['invalid', 400],
    ['unavailable', 400],
    ['exhausted', 429],
  ] as const;
  for (const [code, status] of cases) {
    it(`answers ${status} with the message to ${code}`, () =>
      assert.deepEqual(replyToError(new LongshoreError(code, text)), { status, text }));
  }

  it('says nothing of what went wrong inside', () => {
    const reply = replyToError(new Error('connect ECONNREFUSED /var/run/secret'));
    assert.equal(reply.status, 500);
    assert.doesNotMatch(String(reply.text), /secret/);
  });
});
