// The health checks of a kubelet, as `healthz` and `metrics/slis` tell them: `syncloop` is the controller's own loops; that the
// others go well is seen from there being an answer.
import { counter, gauge, type MetricFamily, measured } from '../../common/metrics/family.ts';
import { createCounter } from '../../common/metrics/instruments.ts';

const NOW = gauge('kubernetes_healthcheck', 'Whether a health check goes well.', ['name', 'type']);
const TOTAL = counter('kubernetes_healthchecks_total', 'How health checks have gone.', [
  'name',
  'type',
  'status',
]);
const STARTED = gauge('process_start_time_seconds', 'When the process began, Unix seconds.');

export const HEALTH_CHECKS = ['log', 'ping', 'syncloop'] as const;
export type HealthCheck = (typeof HEALTH_CHECKS)[number];

export interface HealthChecks {
  /** What is wrong with any of these; undefined: nothing. */
  look(checks?: readonly HealthCheck[]): string | undefined;
  /** Looks, and tells how it went until now. */
  families(): MetricFamily[];
}

export function createHealthChecks(unhealthy: () => string | undefined): HealthChecks {
  const total = createCounter(TOTAL);
  const startedAtSeconds = performance.timeOrigin / 1000;

  function look(checks: readonly HealthCheck[] = HEALTH_CHECKS) {
    return checks.map((name) => {
      const problem = name === 'syncloop' ? unhealthy() : undefined;
      total.add({ name, type: 'healthz', status: problem === undefined ? 'success' : 'error' });
      return { name, problem };
    });
  }

  return {
    look: (checks) => look(checks).find(({ problem }) => problem !== undefined)?.problem,
    families() {
      const now = look().map(
        ({ name, problem }) => [{ name, type: 'healthz' }, problem === undefined ? 1 : 0] as const,
      );
      return [measured(NOW, now), total.family(), measured(STARTED, [[{}, startedAtSeconds]])];
    },
  };
}
