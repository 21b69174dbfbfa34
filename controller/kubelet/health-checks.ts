// The health checks of a kubelet, as `healthz` and `metrics/slis` tell them: `syncloop` is the controller's own loops; that the
// others go well is seen from the answer.
import { counter, gauge, type MetricFamily, measured } from '../../common/metrics/family.ts';
import { createCounter } from '../../common/metrics/instruments.ts';

const NOW = gauge('kubernetes_healthcheck', 'Whether a health check goes well.', ['name', 'type']);
const TOTAL = counter('kubernetes_healthchecks_total', 'How health checks have gone.', [
  'name',
  'type',
  'status',
]);
const STARTED = gauge('process_start_time_seconds', 'When the process began, Unix seconds.');

export interface HealthChecks {
  /** What is wrong; undefined: nothing. */
  look(): string | undefined;
  /** Looks, and tells how it went until now. */
  families(): MetricFamily[];
}

export function createHealthChecks(unhealthy: () => string | undefined): HealthChecks {
  const total = createCounter(TOTAL);
  const startedAtSeconds = performance.timeOrigin / 1000;

  function look() {
    const problem = unhealthy();
    const checks = [
      { name: 'log', isWell: true },
      { name: 'ping', isWell: true },
      { name: 'syncloop', isWell: problem === undefined },
    ];
    for (const { name, isWell } of checks)
      total.add({ name, type: 'healthz', status: isWell ? 'success' : 'error' });
    return { problem, checks };
  }

  return {
    look: () => look().problem,
    families() {
      const { checks } = look();
      const now = checks.map(({ name, isWell }) => [{ name, type: 'healthz' }, isWell ? 1 : 0] as const);
      return [measured(NOW, now), total.family(), measured(STARTED, [[{}, startedAtSeconds]])];
    },
  };
}
