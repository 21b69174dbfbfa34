// Numbers that grow where things happen, and are read when Prometheus asks. An instrument knows of no registry: who counts
// is handed it, who answers the scrape holds them all. What is counted by labels is bounded: beyond MAX_SERIES
// combinations the rest is counted together.
import type { LabelValues, MetricDefinition, MetricFamily, Sample } from './family.ts';

export interface Counter<Label extends string = never> {
  add(labels: LabelValues<Label>, amount?: number): void;
  family(): MetricFamily;
}

export interface Histogram<Label extends string = never> {
  observe(labels: LabelValues<Label>, value: number): void;
  family(): MetricFamily;
}

/** From what a call in memory takes to what a slow disk takes. */
export const DURATION_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

const MAX_SERIES = 1000;
const REST = 'other';

export function createCounter<Label extends string>(definition: MetricDefinition<Label>): Counter<Label> {
  const series = createSeries(definition, () => ({ value: 0 }));
  return {
    add(labels, amount = 1) {
      series.at(labels).value += amount;
    },
    family: () => ({
      ...definition,
      samples: series.map((labels, { value }) => [{ labels, value }]),
    }),
  };
}

/** What is now: `add` takes it up, and down with a negative amount. */
export const createLevel: typeof createCounter = createCounter;

export function createHistogram<Label extends string>(
  definition: MetricDefinition<Label>,
  buckets: readonly number[] = DURATION_BUCKETS,
): Histogram<Label> {
  const series = createSeries(definition, () => ({ counts: buckets.map(() => 0), sum: 0, count: 0 }));
  return {
    observe(labels, value) {
      const cell = series.at(labels);
      const bucket = buckets.findIndex((bound) => value <= bound);
      if (bucket >= 0) cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1;
      cell.sum += value;
      cell.count += 1;
    },
    family: () => ({
      ...definition,
      samples: series.map((labels, cell) => histogramSamples(labels, { buckets, ...cell })),
    }),
  };
}

export interface Distribution {
  /** Upper bounds, ascending; infinity is understood. */
  readonly buckets: readonly number[];
  /** In each bucket alone. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

export function* histogramSamples(
  labels: LabelValues,
  { buckets, counts, sum, count }: Distribution,
): Generator<Sample> {
  let below = 0;
  for (const [index, bound] of buckets.entries()) {
    below += counts[index] ?? 0;
    yield { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: below };
  }
  yield { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count };
  yield { suffix: '_sum', labels, value: sum };
  yield { suffix: '_count', labels, value: count };
}

interface Series<Label extends string, Cell> {
  at(labels: LabelValues<Label>): Cell;
  map(samples: (labels: LabelValues, cell: Cell) => Iterable<Sample>): readonly Sample[];
}

/** What has no labels is there from the beginning, as zero. */
function createSeries<Label extends string, Cell>(
  { labels: names }: MetricDefinition<Label>,
  fresh: () => Cell,
): Series<Label, Cell> {
  const cells = new Map<string, { readonly labels: LabelValues; readonly cell: Cell }>();
  const cellOf = (values: readonly string[]): Cell => {
    const key = values.join('\n');
    const known = cells.get(key);
    if (known) return known.cell;
    if (cells.size >= MAX_SERIES && values.some((value) => value !== REST))
      return cellOf(values.map(() => REST));
    const cell = fresh();
    cells.set(key, {
      labels: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])),
      cell,
    });
    return cell;
  };
  if (names.length === 0) cellOf([]);
  return {
    at: (labels) => cellOf(names.map((name) => labels[name])),
    map: (samples) => [...cells.values().flatMap(({ labels, cell }) => samples(labels, cell))],
  };
}
