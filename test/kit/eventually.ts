// Waiting for an observable: looks again and again until it holds, and says what it last saw when it never does.

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** What is waited for; opens the failure's message. */
  readonly what?: string;
}

/** Resolves with the first result of `look` that neither throws nor is false, null or undefined. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 30_000, everyMs = 50, what = 'the condition' } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: unknown;
    try {
      const result = await look();
      if (result !== undefined && result !== null && result !== false) return result;
      seen = result;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come within ${timeoutMs} ms; last seen: ${String(seen)}`, {
        cause: seen,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
