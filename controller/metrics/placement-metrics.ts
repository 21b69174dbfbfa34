// Decisions of placement, and how long each took.
import { counter, histogram, type MetricFamily } from '../../common/metrics/family.ts';
import { createCounter, createHistogram } from '../../common/metrics/instruments.ts';

const DECISIONS = counter(
  'longshore_placement_decisions_total',
  'Decisions where a pod goes: to an agent, it waits, it waits for pods of lower priority to end (preempting), or it is rejected.',
  ['outcome'],
);
const DURATION = histogram(
  'longshore_placement_duration_seconds',
  'How long it took to decide where a pod goes.',
);
const BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1];

export function createPlacementMetrics() {
  const decisions = createCounter(DECISIONS);
  const duration = createHistogram(DURATION, BUCKETS);
  return {
    decided(outcome: 'agent' | 'waiting' | 'preempting' | 'reject', durationMs: number): void {
      decisions.add({ outcome });
      duration.observe({}, durationMs / 1000);
    },
    families: (): MetricFamily[] => [decisions.family(), duration.family()],
  };
}
