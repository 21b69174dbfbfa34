// What an agent says that it measures, checked against what agents measure: nothing else gets through, and nothing twice,
// for which Prometheus would refuse everything. Pure; throws `invalid` naming the field.
import { AGENT_METRICS } from '../../common/agent-metrics.ts';
import type { MetricDefinition, MetricFamily, Sample } from '../../common/metrics/family.ts';
import type { MetricFamily__Output } from '../../proto/gen/longshore/v1/MetricFamily.ts';
import type { MetricSample__Output } from '../../proto/gen/longshore/v1/MetricSample.ts';
import type { MetricsReport__Output } from '../../proto/gen/longshore/v1/MetricsReport.ts';
import { boundedText, invalidField, plainObject } from './decode.ts';

const KNOWN = new Map(AGENT_METRICS.map((definition) => [definition.name, definition]));
const MAX_FAMILIES = 64;
const MAX_SAMPLES = 512;
const LABEL_VALUE = /^[A-Za-z0-9][A-Za-z0-9_./+ -]*$/;
const BOUND = /^(\+Inf|\d+(\.\d+)?(e[+-]?\d+)?)$/;

export function decodeMetrics({ families }: MetricsReport__Output): MetricFamily[] {
  if (families.length > MAX_FAMILIES)
    throw invalidField('metrics.families', `has more than ${MAX_FAMILIES} entries`);
  const samples = families.reduce((sum, family) => sum + family.samples.length, 0);
  if (samples > MAX_SAMPLES) throw invalidField('metrics', `has more than ${MAX_SAMPLES} samples`);
  const seen = new Set<string>();
  return families.flatMap(({ name, samples }: MetricFamily__Output) => {
    const definition = KNOWN.get(name);
    // Of a newer agent.
    if (!definition) return [];
    if (seen.has(name)) throw invalidField(`metrics '${name}'`, 'is there twice');
    seen.add(name);
    return [{ ...definition, samples: decodeSamples(samples, definition) }];
  });
}

function decodeSamples(samples: readonly MetricSample__Output[], definition: MetricDefinition): Sample[] {
  const series = new Set<string>();
  return samples.map((sample) => {
    const decoded = decodeSample(sample, definition);
    const key = JSON.stringify([decoded.suffix, Object.entries(decoded.labels)]);
    if (series.has(key)) throw invalidField(`metrics '${definition.name}'`, 'has a sample twice');
    series.add(key);
    return decoded;
  });
}

function decodeSample(sample: MetricSample__Output, definition: MetricDefinition): Sample {
  const field = `metrics '${definition.name}'`;
  const suffix = decodeSuffix(sample.suffix, definition);
  const { value } = sample;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw invalidField(field, 'has a value that is no number');
  if (definition.type !== 'gauge' && value < 0) throw invalidField(field, 'has a negative count');
  const given = plainObject(sample.labels, `${field} labels`);
  const names = suffix === '_bucket' ? [...definition.labels, 'le'] : definition.labels;
  if (Object.keys(given).length !== names.length) throw invalidField(field, 'has other labels than its own');
  const labels = names.map((name) => {
    const pattern = name === 'le' ? BOUND : LABEL_VALUE;
    const bounds = { field: `${field} label '${name}'`, maxBytes: 64, required: true, pattern };
    return [name, boundedText(given[name], bounds)] as const;
  });
  return { ...(suffix && { suffix }), labels: Object.fromEntries(labels), value };
}

function decodeSuffix(suffix: string, { name, type }: MetricDefinition): Sample['suffix'] {
  if (type !== 'histogram' && suffix === '') return undefined;
  if (type === 'histogram' && (suffix === '_bucket' || suffix === '_sum' || suffix === '_count'))
    return suffix;
  throw invalidField(`metrics '${name}'`, `has a sample that no ${type} has`);
}
