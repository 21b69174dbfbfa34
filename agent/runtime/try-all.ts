// All are tried, whatever becomes of the others; then the first failure is the caller's.

export async function tryAll<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(action));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
