// What the agent measures, as the controller is told it.
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { MetricsReport } from '../../proto/gen/longshore/v1/MetricsReport.ts';

export function metricsMessage(families: readonly MetricFamily[]): MetricsReport {
  return {
    families: families.map(({ name, samples }) => ({
      name,
      samples: [...samples].map(({ labels, value, suffix }) => ({
        ...{ labels: { ...labels }, value },
        ...(suffix && { suffix }),
      })),
    })),
  };
}
