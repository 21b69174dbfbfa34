// Bounds what strangers may ask for: a rate per peer address and one for all of them together. Behind one address there
// may be a whole site, so the rates are generous; a join token cannot be guessed anyway.
import type { Clock } from './clock.ts';
import { LongshoreError } from './errors.ts';
import { createTokenBucket, type Rate, type TokenBucket } from './token-bucket.ts';

export interface AttemptLimiter {
  /** Throws `exhausted` when this peer, or everyone together, asks too often. */
  admit(peerAddress: string): void;
}

export interface AttemptLimits {
  readonly perPeer: Rate;
  readonly overall: Rate;
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = {
  perPeer: { perSecond: 1, burst: 60 },
  overall: { perSecond: 50, burst: 500 },
};

const MAX_PEERS = 4096;

export function createAttemptLimiter(clock: Clock, limits: AttemptLimits): AttemptLimiter {
  const overall = createTokenBucket(clock, limits.overall);
  const peers = new Map<string, TokenBucket>();

  function bucketOf(peerAddress: string): TokenBucket {
    const known = peers.get(peerAddress);
    if (known) return known;
    if (peers.size >= MAX_PEERS) forgetIdle();
    const bucket = createTokenBucket(clock, limits.perPeer);
    peers.set(peerAddress, bucket);
    return bucket;
  }

  /** Those that have filled up are as good as new; if all are busy, the oldest goes. */
  function forgetIdle(): void {
    for (const [address, bucket] of peers) if (bucket.isFull()) peers.delete(address);
    const oldest = peers.keys().next();
    if (peers.size >= MAX_PEERS && !oldest.done) peers.delete(oldest.value);
  }

  return {
    admit(peerAddress) {
      const bucket = bucketOf(peerAddress);
      if (!bucket.tryTake()) throw tooMany(`from ${peerAddress}`, bucket.waitMs());
      if (!overall.tryTake()) throw tooMany('at this controller', overall.waitMs());
    },
  };
}

function tooMany(where: string, waitMs: number): LongshoreError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new LongshoreError('exhausted', `too many attempts ${where}: try again in ${seconds} s`);
}
