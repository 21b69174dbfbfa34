// The process itself, under the names that every Prometheus client has for it.
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import {
  counter,
  gauge,
  type MetricDefinition,
  type MetricFamily,
  measured,
} from '../../common/metrics/family.ts';

const CPU = counter('process_cpu_seconds_total', 'CPU time of the process, its own and the kernel’s for it.');
const RESIDENT = gauge('process_resident_memory_bytes', 'Memory that the process holds.');
const STARTED = gauge('process_start_time_seconds', 'When the process began, Unix seconds.');
const FILES = gauge('process_open_fds', 'Files and sockets that are open.');
const HEAP = gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.');
const HEAP_TOTAL = gauge('nodejs_heap_size_total_bytes', 'JavaScript heap that is held.');
const EXTERNAL = gauge('nodejs_external_memory_bytes', 'Memory of buffers and the like outside of the heap.');
const LAG = gauge(
  'nodejs_eventloop_lag_seconds',
  'By how much the event loop was late, on average since it was last asked.',
);
const LAG_P99 = gauge('nodejs_eventloop_lag_p99_seconds', 'By how much it was late, 99th percentile.');
const LAG_MAX = gauge('nodejs_eventloop_lag_max_seconds', 'By how much it was late at most.');
const BUSY = counter('nodejs_eventloop_busy_seconds_total', 'How long the event loop was not waiting.');
const VERSION = gauge('nodejs_version_info', 'The version of Node.js.', ['version']);

const RESOLUTION_MS = 20;

export interface ProcessMetrics extends Disposable {
  families(): MetricFamily[];
}

export function createProcessMetrics(): ProcessMetrics {
  const startedAtSeconds = performance.timeOrigin / 1000;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    families() {
      const { user, system } = process.cpuUsage();
      const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
      const lag = [delay.mean, delay.percentile(99), delay.max].map(lateSeconds);
      delay.reset();
      return [
        one(CPU, (user + system) / 1e6),
        one(RESIDENT, rss),
        one(STARTED, startedAtSeconds),
        one(FILES, readdirSync('/proc/self/fd').length),
        one(HEAP, heapUsed),
        one(HEAP_TOTAL, heapTotal),
        one(EXTERNAL, external),
        one(LAG, lag[0] ?? 0),
        one(LAG_P99, lag[1] ?? 0),
        one(LAG_MAX, lag[2] ?? 0),
        one(BUSY, performance.eventLoopUtilization().active / 1000),
        measured(VERSION, [[{ version: process.version }, 1]]),
      ];
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}

function one(definition: MetricDefinition<never>, value: number): MetricFamily {
  return measured(definition, [[{}, value]]);
}

/** What is measured is when the timer came, in nanoseconds; it is not a number before it came once. */
function lateSeconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1000 : 0;
}
