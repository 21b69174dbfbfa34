// How often something may happen: a bucket of permits that fills at a steady rate.
import type { Clock } from './clock.ts';

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface TokenBucket {
  /** Takes a permit if there is one. */
  tryTake(): boolean;
  /** How long until the next permit, in milliseconds; 0 when there is one. */
  waitMs(): number;
  /** Whether it has filled up again, so that forgetting it changes nothing. */
  isFull(): boolean;
}

export function createTokenBucket(clock: Clock, rate: Rate): TokenBucket {
  let permits = rate.burst;
  let filledAtMs = clock.monotonicMs();

  function fill(): void {
    const nowMs = clock.monotonicMs();
    permits = Math.min(rate.burst, permits + ((nowMs - filledAtMs) / 1000) * rate.perSecond);
    filledAtMs = nowMs;
  }

  return {
    tryTake() {
      fill();
      if (permits < 1) return false;
      permits--;
      return true;
    },
    waitMs() {
      fill();
      return permits >= 1 ? 0 : Math.ceil(((1 - permits) / rate.perSecond) * 1000);
    },
    isFull() {
      fill();
      return permits >= rate.burst;
    },
  };
}
