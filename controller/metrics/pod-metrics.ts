// How long pods take to run, under the name that a kubelet has for it.
import { histogram, type MetricFamily } from '../../common/metrics/family.ts';
import { createHistogram } from '../../common/metrics/instruments.ts';

const STARTED = histogram(
  'kubelet_pod_start_total_duration_seconds',
  'How long pods took from their creation until the API server was told that they run: waiting, pulls and init containers included.',
);
const BUCKETS = [0.5, 1, 2, 3, 5, 8, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

export function createPodMetrics() {
  const started = createHistogram(STARTED, BUCKETS);
  return {
    started: (sinceCreationMs: number) => started.observe({}, sinceCreationMs / 1000),
    families: (): MetricFamily[] => [started.family()],
  };
}
