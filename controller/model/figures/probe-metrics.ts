// `/metrics/probes`: how often each probe has come to what, and how long it took, as the kubelet counts it.
import {
  counter,
  histogram,
  type LabelValues,
  type MetricFamily,
  type Sample,
} from '../../../common/metrics/family.ts';
import { histogramSamples } from '../../../common/metrics/instruments.ts';
import { PROBE_BUCKETS } from '../../../common/probe-durations.ts';
import type { ProbeStats__Output } from '../../../proto/gen/longshore/v1/ProbeStats.ts';
import type { NodeFigures } from './node-figures.ts';

const PROBES = counter(
  'prober_probe_total',
  '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
  ['container', 'namespace', 'pod', 'pod_uid', 'probe_type', 'result'],
);

const DURATION = histogram(
  'prober_probe_duration_seconds',
  '[ALPHA] Duration in seconds for a probe response.',
  ['container', 'namespace', 'pod', 'probe_type'],
);

const RESULTS = ['successful', 'failed', 'unknown'] as const;

export function probeMetrics(figures: NodeFigures): MetricFamily[] {
  return [
    { ...PROBES, samples: { [Symbol.iterator]: () => totals(figures) } },
    { ...DURATION, samples: { [Symbol.iterator]: () => durations(figures) } },
  ];
}

function* totals(figures: NodeFigures): Generator<Sample> {
  for (const { labels, uid, probe } of probesOf(figures)) {
    for (const result of RESULTS) {
      if (probe[result] === 0) continue;
      yield { labels: { ...labels, pod_uid: uid, result }, value: probe[result] };
    }
  }
}

/** Of those that succeeded. */
function* durations(figures: NodeFigures): Generator<Sample> {
  for (const { labels, probe } of probesOf(figures)) {
    const { durationCounts: counts, durationUsec } = probe;
    const count = counts.reduce((sum, one) => sum + one, 0);
    if (count === 0) continue;
    yield* histogramSamples(labels, { buckets: PROBE_BUCKETS, counts, sum: durationUsec / 1e6, count });
  }
}

interface CountedProbe {
  readonly labels: LabelValues;
  readonly uid: string;
  readonly probe: ProbeStats__Output;
}

function* probesOf({ pods }: NodeFigures): Generator<CountedProbe> {
  for (const { pod, stats } of pods) {
    const { name, namespace, uid } = pod.metadata;
    for (const { name: container, probes } of stats.containers) {
      for (const probe of probes) {
        yield { labels: { container, namespace, pod: name, probe_type: capital(probe.type) }, uid, probe };
      }
    }
  }
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
