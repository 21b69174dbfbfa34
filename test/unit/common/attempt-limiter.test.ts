import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAttemptLimiter } from '../../../common/attempt-limiter.ts';
import { createTokenBucket } from '../../../common/token-bucket.ts';
import { ManualClock } from '../../kit/manual-clock.ts';

describe('a token bucket', () => {
  it('gives its burst at once and then its rate', async () => {
    const clock = new ManualClock();
    const bucket = createTokenBucket(clock, { perSecond: 2, burst: 3 });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => bucket.tryTake()),
      [true, true, true, false],
    );
    assert.equal(bucket.waitMs(), 500);
    await clock.advance(500);
    assert.deepEqual([bucket.tryTake(), bucket.tryTake()], [true, false]);
    await clock.advance(3_600_000);
    assert.ok(bucket.isFull());
  });
});

describe('the attempt limiter', () => {
  it('stops a peer that asks too often, and nobody else', async () => {
    const clock = new ManualClock();
    const limiter = createAttemptLimiter(clock, {
      perPeer: { perSecond: 1, burst: 2 },
      overall: { perSecond: 100, burst: 100 },
    });
    limiter.admit('a');
    limiter.admit('a');
    assert.throws(() => limiter.admit('a'), /too many attempts from a: try again in 1 s/);
    limiter.admit('b');
    await clock.advance(1000);
    limiter.admit('a');
  });

  it('bounds all peers together', () => {
    const limiter = createAttemptLimiter(new ManualClock(), {
      perPeer: { perSecond: 1, burst: 2 },
      overall: { perSecond: 0.1, burst: 3 },
    });
    for (const peer of ['a', 'b', 'c']) limiter.admit(peer);
    assert.throws(() => limiter.admit('d'), /too many attempts at this controller: try again in 10 s/);
  });

  it('still bounds a busy peer after ten thousand others have come by', () => {
    const limiter = createAttemptLimiter(new ManualClock(), {
      perPeer: { perSecond: 0.001, burst: 1 },
      overall: { perSecond: 1, burst: 100_000 },
    });
    for (let index = 0; index < 10_000; index++) limiter.admit(`peer ${index}`);
    assert.throws(() => limiter.admit('peer 9999'), /too many attempts/);
  });
});
