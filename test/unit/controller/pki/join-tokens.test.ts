import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import { parseJoinToken } from '../../../../common/join-token.ts';
import { createJoinTokens } from '../../../../controller/pki/join-tokens.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemorySecrets } from '../../../kit/memory-secrets.ts';
import { quietLog } from '../../../kit/rpc-fixture.ts';

const ONE_KEY = '1'.repeat(64);
const OTHER_KEY = '2'.repeat(64);

async function made(options: { reusable?: boolean; ttlMs?: number } = {}) {
  const secrets = new MemorySecrets();
  const clock = new ManualClock();
  const tokens = createJoinTokens({ secrets, clock, caHash: 'c'.repeat(64), log: quietLog() });
  const wish = { ttlMs: 60_000, agentName: undefined, labels: { zone: 'a' }, reusable: false, ...options };
  const { id, secret } = parseJoinToken((await tokens.create(wish)).token);
  const claim = (publicKeyHash: string) => ({ id, secret, publicKeyHash });
  return { secrets, clock, tokens, claim };
}

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof LongshoreError && error.code === 'unauthenticated' && message.test(error.message);

describe('a join token', () => {
  it('grants its labels and remembers what its key became', async () => {
    const { tokens, claim } = await made();
    assert.deepEqual(await tokens.check(claim(ONE_KEY)), {
      agentName: undefined,
      labels: { zone: 'a' },
      redeemedAs: undefined,
    });
    await tokens.redeem(claim(ONE_KEY), 'pi');
    await tokens.redeem(claim(ONE_KEY), 'pi');
    assert.equal((await tokens.check(claim(ONE_KEY))).redeemedAs, 'pi');
  });

  it('goes to one of two machines that use it at the same time', async () => {
    const { tokens, claim } = await made();
    const results = await Promise.allSettled([
      tokens.redeem(claim(ONE_KEY), 'one'),
      tokens.redeem(claim(OTHER_KEY), 'other'),
    ]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('takes in machines that use it at the same time when it is reusable', async () => {
    const { tokens, claim } = await made({ reusable: true });
    const keys = Array.from({ length: 40 }, (_, index) => String(index).padStart(64, '0'));
    await Promise.all(keys.map((key, index) => tokens.redeem(claim(key), `m${index}`)));
    for (const [index, key] of keys.entries()) {
      assert.equal((await tokens.check(claim(key))).redeemedAs, `m${index}`);
    }
  });

  it('counts until the moment it expires', async () => {
    const { tokens, claim, clock } = await made({ ttlMs: 60_000 });
    await clock.advance(59_999);
    await tokens.check(claim(ONE_KEY));
    await clock.advance(1);
    await assert.rejects(tokens.check(claim(ONE_KEY)), refused(/it expired at 2026-01-01T00:01:00\.000Z/));
  });

  it('says for a day that it has expired, and is then removed', async () => {
    const { tokens, secrets, clock } = await made({ ttlMs: 60_000 });
    await clock.advance(3_600_000);
    assert.equal(await tokens.removeExpired(), 0);
    await clock.advance(24 * 3_600_000);
    assert.equal(await tokens.removeExpired(), 1);
    assert.equal(secrets.all.length, 0);
  });

  for (const [what, text] of Object.entries({ 'no JSON': '{', 'no record': '{}', nothing: '' })) {
    it(`counts for nothing when somebody made its Secret hold ${what}`, async () => {
      const { tokens, secrets, claim } = await made();
      const [stored] = secrets.all;
      assert.ok(stored);
      await secrets.update({ ...stored, data: { 'token.json': text } });
      await assert.rejects(tokens.check(claim(ONE_KEY)), refused(/it is not known here/));
    });
  }

  it('is looked for under no other name than a token has', async () => {
    const { tokens } = await made();
    const claim = { id: '../ca', secret: 'a'.repeat(32), publicKeyHash: ONE_KEY };
    await assert.rejects(tokens.check(claim), refused(/it is not known here/));
  });
});
