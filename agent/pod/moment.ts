// A moment that outlives the process: what a duration that goes on after a restart is counted from. Within one boot the
// monotonic clock counts, so that setting the machine's clock changes nothing.

export interface Moment {
  /** Unix milliseconds, as the machine's clock had it. */
  readonly wallMs: number;
  readonly bootId: string;
  /** Since that boot. */
  readonly monotonicMs: number;
}

/** A clock before this has not been set: boards without a battery start in 1970. */
const EARLIEST_MS = Date.UTC(2025, 0);

/** Never less than what has surely passed. Across a boot only two clocks that were set can tell more. */
export function elapsedMs(since: Moment, now: Moment): number {
  if (since.bootId === now.bootId) return Math.max(0, now.monotonicMs - since.monotonicMs);
  const told = Math.min(since.wallMs, now.wallMs) >= EARLIEST_MS ? now.wallMs - since.wallMs : 0;
  return Math.max(now.monotonicMs, told);
}

export function isMoment(value: unknown): value is Moment {
  const { wallMs, bootId, monotonicMs } = (value ?? {}) as Partial<Moment>;
  return Number.isFinite(wallMs) && Number.isFinite(monotonicMs) && typeof bootId === 'string';
}
