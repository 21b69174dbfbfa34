// `/metrics/probes`: how often each probe has come to what, as the kubelet counts it.
import { counter, type MetricFamily } from '../../../common/metrics/family.ts';
import type { NodeFigures } from './node-figures.ts';

const PROBES = counter(
  'prober_probe_total',
  '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
  ['container', 'namespace', 'pod', 'pod_uid', 'probe_type', 'result'],
);

const RESULTS = ['successful', 'failed', 'unknown'] as const;

export function probeMetrics({ pods }: NodeFigures): MetricFamily[] {
  const samples = pods.flatMap(({ pod: { metadata }, stats }) =>
    stats.containers.flatMap(({ name: container, probes }) =>
      probes.flatMap((probe) =>
        RESULTS.filter((result) => probe[result] > 0).map((result) => {
          const { name: pod, namespace, uid } = metadata;
          const labels = { container, namespace, pod, pod_uid: uid, probe_type: capital(probe.type), result };
          return { labels, value: probe[result] };
        }),
      ),
    ),
  );
  return [{ ...PROBES, samples }];
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}
