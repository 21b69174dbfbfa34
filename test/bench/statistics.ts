// What is said of a series of measurements: the middle and how far they lie apart.

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
}

/** Throws when there is nothing to summarise. */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error('no samples');
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? min) + (sorted[Math.ceil(middle)] ?? max)) / 2;
  return { median, min, max, samples };
}

/** How often something happened, by the time between the first and the last: n moments a second apart are once a second. */
export function perSecond(momentsMs: readonly number[]): number {
  const spanMs = (momentsMs.at(-1) ?? 0) - (momentsMs[0] ?? 0);
  return spanMs > 0 ? ((momentsMs.length - 1) * 1000) / spanMs : 0;
}
