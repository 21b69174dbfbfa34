// Work that waits for its turn, under the names that Kubernetes' own controllers have for it.
import { counter, gauge, histogram, type MetricFamily, measured } from '../../common/metrics/family.ts';
import { createCounter, createHistogram } from '../../common/metrics/instruments.ts';

const LABELS = ['name'] as const;
const DEPTH = gauge('workqueue_depth', 'What waits in the queue now.', LABELS);
const ADDS = counter('workqueue_adds_total', 'What was put into the queue.', LABELS);
const RETRIES = counter('workqueue_retries_total', 'What failed and is tried again.', LABELS);
const WAITED = histogram('workqueue_queue_duration_seconds', 'How long it waited in the queue.', LABELS);
const WORKED = histogram('workqueue_work_duration_seconds', 'How long it was worked on.', LABELS);

export type QueueName = 'pods' | 'evictions' | 'gracefulEvictions' | 'tokens';

export function createQueueMetrics() {
  const adds = createCounter(ADDS);
  const retries = createCounter(RETRIES);
  const waited = createHistogram(WAITED);
  const worked = createHistogram(WORKED);
  const depths = new Map<QueueName, () => number>();
  return {
    /** Of a queue of this name; it takes the place of an earlier one. */
    meter: (name: QueueName) => ({
      follow(depth: () => number): void {
        depths.set(name, depth);
      },
      added: () => adds.add({ name }),
      took: (waitedMs: number) => waited.observe({ name }, waitedMs / 1000),
      worked: (durationMs: number) => worked.observe({ name }, durationMs / 1000),
      retried: () => retries.add({ name }),
    }),
    families: (): MetricFamily[] => [
      measured(
        DEPTH,
        depths.entries().map(([name, depth]) => [{ name }, depth()]),
      ),
      ...[adds, retries, waited, worked].map((instrument) => instrument.family()),
    ],
  };
}
