import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LongshoreError } from '../../../../common/errors.ts';
import { cacheReviews } from '../../../../controller/kubelet/review-cache.ts';
import type { AccessReviewer, ResourceAttributes, User } from '../../../../controller/model/access.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const alice: User = { name: 'alice', groups: ['system:authenticated'] };
const logs: ResourceAttributes = {
  group: '',
  version: 'v1',
  resource: 'nodes',
  subresource: 'proxy',
  name: 'longshore',
  verb: 'get',
};

const PEER = '192.0.2.1';

function setUp(reviewer: Partial<AccessReviewer>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const cached = cacheReviews(
    {
      authenticate: (token) => {
        asked.push(token);
        return reviewer.authenticate?.(token) ?? assert.fail('no token expected');
      },
      authorize: (user, attributes) => {
        asked.push(`${user.name} ${attributes.verb} ${attributes.subresource}`);
        return reviewer.authorize?.(user, attributes) ?? assert.fail('no access expected');
      },
    },
    clock,
  );
  return { cached, clock, asked };
}

describe('cacheReviews', () => {
  it('asks about an accepted token again after two minutes', async () => {
    const { cached, clock, asked } = setUp({ authenticate: async () => alice });
    assert.equal(await cached.authenticate('t', PEER), alice);
    await clock.advance(119_999);
    assert.equal(await cached.authenticate('t', PEER), alice);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await cached.authenticate('t', PEER);
    assert.equal(asked.length, 2);
  });

  it('forgets a refused token after ten seconds', async () => {
    const { cached, clock, asked } = setUp({ authenticate: async () => undefined });
    assert.equal(await cached.authenticate('t', PEER), undefined);
    assert.equal(await cached.authenticate('t', PEER), undefined);
    assert.equal(asked.length, 1);
    await clock.advance(10_000);
    await cached.authenticate('t', PEER);
    assert.equal(asked.length, 2);
  });

  it('asks once for a token that many requests bring at the same time', async () => {
    const { cached, asked } = setUp({ authenticate: async () => alice });
    await Promise.all(Array.from({ length: 20 }, () => cached.authenticate('t', PEER)));
    assert.deepEqual(asked, ['t']);
  });

  it('asks once for an access that many requests need at the same time', async () => {
    const { cached, asked } = setUp({ authorize: async () => ({ allowed: true, reason: '' }) });
    await Promise.all(Array.from({ length: 20 }, () => cached.authorize(alice, logs)));
    assert.deepEqual(asked, ['alice get proxy']);
    await cached.authorize(alice, { ...logs, subresource: 'stats' });
    assert.equal(asked.length, 2);
  });

  it('remembers no error', async () => {
    let down = true;
    const { cached } = setUp({
      authenticate: async () => {
        if (down) throw new LongshoreError('unavailable', 'the API server is away');
        return alice;
      },
      authorize: async () => {
        if (down) throw new LongshoreError('unavailable', 'the API server is away');
        return { allowed: true, reason: '' };
      },
    });
    await assert.rejects(cached.authenticate('t', PEER), { code: 'unavailable' });
    await assert.rejects(cached.authorize(alice, logs), { code: 'unavailable' });
    down = false;
    assert.equal(await cached.authenticate('t', PEER), alice);
    assert.equal((await cached.authorize(alice, logs)).allowed, true);
  });

  it('keeps a denial for 30 seconds and a permission for five minutes', async () => {
    const { cached, clock, asked } = setUp({
      authorize: async (user) => ({ allowed: user.name === 'alice', reason: '' }),
    });
    const mallory = { ...alice, name: 'mallory' };
    await cached.authorize(alice, logs);
    await cached.authorize(mallory, logs);
    await clock.advance(29_999);
    await cached.authorize(mallory, logs);
    assert.equal(asked.length, 2);
    await clock.advance(1);
    await cached.authorize(mallory, logs);
    assert.equal(asked.length, 3);
    await clock.advance(269_999);
    await cached.authorize(alice, logs);
    assert.equal(asked.length, 3);
    await clock.advance(1);
    await cached.authorize(alice, logs);
    assert.equal(asked.length, 4);
  });

  it('tells users with the same name and other groups apart', async () => {
    const { cached } = setUp({
      authorize: async (user) => ({ allowed: user.groups.includes('admins'), reason: '' }),
    });
    assert.equal((await cached.authorize({ ...alice, groups: ['admins'] }, logs)).allowed, true);
    assert.equal((await cached.authorize(alice, logs)).allowed, false);
  });

  it('asks about no more tokens at once than its bound, however slow the answers', async () => {
    const answers = Promise.withResolvers<undefined>();
    const { cached } = setUp({ authenticate: () => answers.promise });
    const pending = Array.from({ length: 64 }, (_, index) =>
      cached.authenticate(`t${index}`, `192.0.2.${index}`),
    );
    await assert.rejects(cached.authenticate('one more', PEER), { code: 'exhausted' });
    answers.resolve(undefined);
    await Promise.all(pending);
    assert.equal(await cached.authenticate('one more', PEER), undefined);
  });
});

describe('a flood of tokens that nobody knows', () => {
  let next = 0;
  const flooded = () =>
    setUp({ authenticate: async (token) => (token.startsWith('good') ? alice : undefined) });
  const bring = async (
    { cached }: ReturnType<typeof flooded>,
    count: number,
    peer: (at: number) => string,
  ) => {
    const brought = Array.from({ length: count }, (_, at) => cached.authenticate(`bad-${next++}`, peer(at)));
    const turnedAway = (await Promise.allSettled(brought)).flatMap((one) =>
      one.status === 'rejected' ? [one.reason] : [],
    );
    for (const error of turnedAway) assert.equal(error.code, 'exhausted');
    return turnedAway;
  };

  it('costs one peer its own share of reviews, and others none of theirs', async () => {
    const set = flooded();
    const turnedAway = await bring(set, 50, () => PEER);
    assert.deepEqual(turnedAway, []);
    await set.clock.advance(10_000);
    const after = await bring(set, 1000, () => PEER);
    assert.equal(set.asked.length, 50 + 20, 'ten of the sixty were left, ten more have come in ten seconds');
    assert.match(after[0]?.message, /^too many attempts from 192\.0\.2\.1: try again in 1 s$/);
    assert.equal(await set.cached.authenticate('good', '192.0.2.2'), alice);
  });

  it('from everywhere is no more than twenty reviews a second', async () => {
    const set = flooded();
    for (let second = 0; second < 30; second++) {
      for (let part = 0; part < 10; part++)
        await bring(set, 50, (at) => `198.51.${second}.${part * 50 + at}`);
      await set.clock.advance(1000);
    }
    assert.equal(set.asked.length, 200 + 29 * 20);
  });

  it('keeps out nobody whose token was accepted before, and makes none of those forgotten', async () => {
    const set = flooded();
    assert.equal(await set.cached.authenticate('good', PEER), alice);
    for (let second = 0; second < 600; second++) {
      await Promise.allSettled(
        Array.from({ length: 40 }, (_, at) =>
          set.cached.authenticate(`bad-${second}-${at}`, `198.51.100.${at}`),
        ),
      );
      assert.equal(await set.cached.authenticate('good', PEER), alice);
      await set.clock.advance(1000);
    }
    const bad = set.asked.filter((token) => token.startsWith('bad')).length;
    assert.ok(bad > 4096, `${bad} bad tokens were reviewed, more than are remembered`);
    assert.equal(set.asked.filter((token) => token === 'good').length, 5, 'once in two minutes');
  });

  it('takes a token that was withdrawn for what it is', async () => {
    let valid = true;
    const { cached, clock, asked } = setUp({ authenticate: async () => (valid ? alice : undefined) });
    await cached.authenticate('t', PEER);
    valid = false;
    await clock.advance(120_000);
    assert.equal(await cached.authenticate('t', PEER), undefined);
    assert.equal(await cached.authenticate('t', PEER), undefined);
    assert.equal(asked.length, 2);
  });
});
