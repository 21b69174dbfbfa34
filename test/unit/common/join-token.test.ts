import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createJoinToken, formatJoinToken, parseJoinToken } from '../../../common/join-token.ts';

const caHash = 'ab'.repeat(32);

describe('join token', () => {
  it('is read back as it was made', () => {
    const token = createJoinToken(caHash);
    assert.deepEqual(parseJoinToken(formatJoinToken(token)), token);
    assert.deepEqual(parseJoinToken(`  ${formatJoinToken(token)}\n`), token);
  });

  it('is different each time', () => {
    const secrets = new Set(Array.from({ length: 100 }, () => createJoinToken(caHash).secret));
    assert.equal(secrets.size, 100);
  });

  const good = formatJoinToken(createJoinToken(caHash));
  const malformed: Record<string, string> = {
    'an empty text': '',
    'another version': good.replace('lsj1', 'lsj2'),
    'a cut hash': good.slice(0, -1),
    'a fourth dot': `${good}.x`,
    'upper case': good.toUpperCase(),
    'a megabyte': 'a'.repeat(1 << 20),
  };
  for (const [what, text] of Object.entries(malformed)) {
    it(`refuses ${what} without repeating it`, () => {
      assert.throws(
        () => parseJoinToken(text),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'invalid');
          assert.match(error.message, /join token is malformed/);
          return text === '' || !error.message.includes(text);
        },
      );
    });
  }
});
