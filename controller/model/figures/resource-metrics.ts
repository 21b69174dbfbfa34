// `/metrics/resource`, which metrics-server reads: names, labels and times as the kubelet has them. A container that has
// used no CPU or no memory yet is left out, for metrics-server would drop its whole pod.
import {
  counter,
  gauge,
  type MetricDefinition,
  type MetricFamily,
  type Sample,
} from '../../../common/metrics/family.ts';
import { machineSum, type NodeFigures, type PodFigures, podMemory } from './node-figures.ts';

const OF_CONTAINER = ['container', 'pod', 'namespace'] as const;
const OF_POD = ['pod', 'namespace'] as const;

const NODE_CPU = counter(
  'node_cpu_usage_seconds_total',
  '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
);
const NODE_MEMORY = gauge(
  'node_memory_working_set_bytes',
  '[STABLE] Current working set of the node in bytes',
);
const CONTAINER_CPU = counter(
  'container_cpu_usage_seconds_total',
  '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
  OF_CONTAINER,
);
const CONTAINER_MEMORY = gauge(
  'container_memory_working_set_bytes',
  '[STABLE] Current working set of the container in bytes',
  OF_CONTAINER,
);
const CONTAINER_START = gauge(
  'container_start_time_seconds',
  '[STABLE] Start time of the container since unix epoch in seconds',
  OF_CONTAINER,
);
const POD_CPU = counter(
  'pod_cpu_usage_seconds_total',
  '[STABLE] Cumulative cpu time consumed by the pod in core-seconds',
  OF_POD,
);
const POD_MEMORY = gauge(
  'pod_memory_working_set_bytes',
  '[STABLE] Current working set of the pod in bytes',
  OF_POD,
);
const NODE_SWAP = gauge(
  'node_swap_usage_bytes',
  '[ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems',
);
const CONTAINER_SWAP = gauge(
  'container_swap_usage_bytes',
  '[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems',
  OF_CONTAINER,
);
const CONTAINER_SWAP_LIMIT = gauge(
  'container_swap_limit_bytes',
  '[ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems',
  OF_CONTAINER,
);
const POD_SWAP = gauge(
  'pod_swap_usage_bytes',
  '[ALPHA] Current amount of the pod swap usage in bytes. Reported only on non-windows systems',
  OF_POD,
);
const ERROR = gauge(
  'resource_scrape_error',
  '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
);
const OLD_ERROR = gauge(
  'scrape_error',
  '[ALPHA] 1 if there was an error while getting container metrics, 0 otherwise',
);

export function resourceMetrics(figures: NodeFigures): MetricFamily[] {
  const { counters, machines, pods } = figures;
  const sum = machineSum(machines);
  const containers = pods.flatMap(containerFigures);
  const failed = [{ labels: {}, value: sum ? 0 : 1 }];
  const family = (definition: MetricDefinition, samples: readonly Sample[]) => ({ ...definition, samples });
  return [
    family(
      NODE_CPU,
      sum && counters ? [{ labels: {}, value: counters.cpuUsec / 1e6, timestampMs: sum.atMs }] : [],
    ),
    family(NODE_MEMORY, sum ? [{ labels: {}, value: sum.workingSetBytes, timestampMs: sum.atMs }] : []),
    family(
      NODE_SWAP,
      sum?.swapBytes === undefined ? [] : [{ labels: {}, value: sum.swapBytes, timestampMs: sum.atMs }],
    ),
    family(
      CONTAINER_START,
      containers.flatMap(({ labels, startedAtMs }) =>
        startedAtMs > 0 ? [{ labels, value: startedAtMs / 1000 }] : [],
      ),
    ),
    family(
      CONTAINER_CPU,
      containers.map(({ labels, cpuUsec, atMs }) => ({ labels, value: cpuUsec / 1e6, timestampMs: atMs })),
    ),
    family(
      CONTAINER_MEMORY,
      containers.map(({ labels, memoryBytes, atMs }) => ({ labels, value: memoryBytes, timestampMs: atMs })),
    ),
    family(CONTAINER_SWAP, pods.flatMap(containerMemory(({ swapBytes }) => swapBytes))),
    family(CONTAINER_SWAP_LIMIT, pods.flatMap(containerMemory(({ swapLimitBytes }) => swapLimitBytes))),
    family(POD_CPU, pods.flatMap(podCpu)),
    family(POD_MEMORY, pods.flatMap(memoryOfPod(({ workingSetBytes }) => workingSetBytes))),
    family(POD_SWAP, pods.flatMap(memoryOfPod(({ swapBytes }) => swapBytes))),
    family(OLD_ERROR, failed),
    family(ERROR, failed),
  ];
}

function containerFigures({ pod, stats, atMs }: PodFigures) {
  return stats.containers.flatMap(({ name, cpu, memory, startedAtMs }) => {
    const [cpuUsec, memoryBytes] = [cpu?.usageUsec ?? 0, memory?.workingSetBytes ?? 0];
    if (cpuUsec === 0 || memoryBytes === 0) return [];
    return [{ labels: { container: name, ...podLabels(pod) }, cpuUsec, memoryBytes, startedAtMs, atMs }];
  });
}

type OfMemory = Parameters<typeof podMemory>[1];

const containerMemory =
  (of: OfMemory) =>
  ({ pod, stats, atMs }: PodFigures): Sample[] =>
    stats.containers.flatMap(({ name, memory }) => {
      const value = memory ? of(memory) : undefined;
      const labels = { container: name, ...podLabels(pod) };
      return value === undefined ? [] : [{ labels, value, timestampMs: atMs }];
    });

const memoryOfPod =
  (of: OfMemory) =>
  ({ pod, stats, atMs }: PodFigures): Sample[] => {
    const value = podMemory(stats, of);
    return value === undefined ? [] : [{ labels: podLabels(pod), value, timestampMs: atMs }];
  };

function podCpu({ pod, stats, atMs }: PodFigures): Sample[] {
  const usec = stats.cpu?.usageUsec ?? 0;
  return usec === 0 ? [] : [{ labels: podLabels(pod), value: usec / 1e6, timestampMs: atMs }];
}

function podLabels({ metadata: { name, namespace } }: PodFigures['pod']) {
  return { pod: name, namespace };
}
