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

function setUp(reviewer: Partial<AccessReviewer>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const cached = cacheReviews(
    {
      authenticate: (token, audiences) => {
        asked.push(token);
        return reviewer.authenticate?.(token, audiences) ?? assert.fail('no token expected');
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
    assert.equal(await cached.authenticate('t'), alice);
    await clock.advance(119_999);
    assert.equal(await cached.authenticate('t'), alice);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    await cached.authenticate('t');
    assert.equal(asked.length, 2);
  });

  it('forgets a refused token after ten seconds', async () => {
    const { cached, clock, asked } = setUp({ authenticate: async () => undefined });
    assert.equal(await cached.authenticate('t'), undefined);
    assert.equal(await cached.authenticate('t'), undefined);
    assert.equal(asked.length, 1);
    await clock.advance(10_000);
    await cached.authenticate('t');
    assert.equal(asked.length, 2);
  });

  it('does not take a token accepted for one audience as accepted for another', async () => {
    const { cached, asked } = setUp({ authenticate: async () => alice });
    await cached.authenticate('t', ['a']);
    await cached.authenticate('t', ['b']);
    await cached.authenticate('t');
    assert.equal(asked.length, 3);
  });

  it('asks once for a token that many requests bring at the same time', async () => {
    const { cached, asked } = setUp({ authenticate: async () => alice });
    await Promise.all(Array.from({ length: 20 }, () => cached.authenticate('t')));
    assert.deepEqual(asked, ['t']);
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
    await assert.rejects(cached.authenticate('t'), { code: 'unavailable' });
    await assert.rejects(cached.authorize(alice, logs), { code: 'unavailable' });
    down = false;
    assert.equal(await cached.authenticate('t'), alice);
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

  it('refuses to ask about more tokens at once than its bound', async () => {
    const answers = Promise.withResolvers<undefined>();
    const { cached } = setUp({ authenticate: () => answers.promise });
    const pending = Array.from({ length: 64 }, (_, index) => cached.authenticate(`t${index}`));
    await assert.rejects(cached.authenticate('one more'), { code: 'exhausted' });
    answers.resolve(undefined);
    await Promise.all(pending);
    assert.equal(await cached.authenticate('one more'), undefined);
  });
});
