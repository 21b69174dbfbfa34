// A metric as Prometheus understands it: its definition, which the documentation is generated from, and its samples.

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricDefinition<Label extends string = string> {
  readonly name: string;
  /** One sentence, for people. */
  readonly help: string;
  readonly type: MetricType;
  /** Each has few values; names of pods and the like are none. */
  readonly labels: readonly Label[];
}

export type LabelValues<Label extends string = string> = Readonly<Record<Label, string>>;

export interface Sample {
  /** Of a histogram; a counter and a gauge have none. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: LabelValues;
  readonly value: number;
  readonly timestampMs?: number;
}

export interface MetricFamily extends MetricDefinition {
  readonly samples: Iterable<Sample>;
}

export function gauge<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): MetricDefinition<Label> {
  return { name, help, type: 'gauge', labels };
}

export function counter<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): MetricDefinition<Label> {
  return { name, help, type: 'counter', labels };
}

export function histogram<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
): MetricDefinition<Label> {
  return { name, help, type: 'histogram', labels };
}

/** What is known only when it is asked for. */
export function measured<Label extends string>(
  definition: MetricDefinition<Label>,
  values: Iterable<readonly [labels: LabelValues<Label>, value: number]>,
): MetricFamily {
  return { ...definition, samples: Array.from(values, ([labels, value]) => ({ labels, value })) };
}
