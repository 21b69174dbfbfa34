// Exponential backoff as an immutable value: each failure gives the next one.

export interface Backoff {
  /** How long to wait now, in milliseconds. */
  readonly delayMs: number;
  next(): Backoff;
}

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Default 2. */
  readonly factor?: number;
  /** Share of the delay that is random, 0 to 1. Default 0. */
  readonly jitter?: number;
  /** 0 ≤ random() < 1. */
  readonly random?: () => number;
}

export function backoff(options: BackoffOptions): Backoff {
  const { initialMs, maxMs, factor = 2, jitter = 0, random = Math.random } = options;
  const at = (baseMs: number): Backoff => ({
    delayMs: baseMs * (1 - jitter * random()),
    next: () => at(Math.min(maxMs, baseMs * factor)),
  });
  return at(Math.min(initialMs, maxMs));
}
