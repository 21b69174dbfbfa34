// Original file: longshore/v1/session.proto

import type { MetricFamily as _longshore_v1_MetricFamily, MetricFamily__Output as _longshore_v1_MetricFamily__Output } from '../../longshore/v1/MetricFamily.ts';

/**
 * What the agent measures of itself, as Prometheus understands it: common/agent-metrics.ts names all that can be said, each
 * metric once, each combination of labels once. What is not measured is left out, an unknown name is ignored. At most 64
 * families and 512 samples in all.
 */
export interface MetricsReport {
  'families'?: (_longshore_v1_MetricFamily)[];
}

/**
 * What the agent measures of itself, as Prometheus understands it: common/agent-metrics.ts names all that can be said, each
 * metric once, each combination of labels once. What is not measured is left out, an unknown name is ignored. At most 64
 * families and 512 samples in all.
 */
export interface MetricsReport__Output {
  'families': (_longshore_v1_MetricFamily__Output)[];
}
