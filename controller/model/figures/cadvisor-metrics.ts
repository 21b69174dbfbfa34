// `/metrics/cadvisor`: the series that dashboards and alerts are built on, with cAdvisor's names and labels. Each pod has
// one series of its own beside those of its containers, with an empty `container`, and its network under `POD`; the
// node's sum has the id `/`. A machine's own series are labelled by agent too.

import { counter, gauge, type MetricFamily } from '../../../common/metrics/family.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import { diskFamilies } from './cadvisor-disk-metrics.ts';
import { networkFamilies } from './cadvisor-network-metrics.ts';
import {
  containerLabels,
  containerRows,
  family,
  LABELS,
  nodeRow,
  type OfContainer,
  podRow,
  type Row,
  undated,
  withLabels,
} from './cadvisor-rows.ts';
import { containerSpecFamilies } from './container-spec-metrics.ts';
import {
  type MachineFigures,
  machineSum,
  type NodeFigures,
  type PodFigures,
  podMemory,
} from './node-figures.ts';

type OfMemory = (memory: NonNullable<ContainerStats__Output['memory']>) => number | undefined;

export function cadvisorMetrics(figures: NodeFigures): MetricFamily[] {
  const { pods, machines } = figures;
  const containers = (of: OfContainer): Row[] => pods.flatMap((pod) => containerRows(pod, of));
  const memory = (of: OfMemory): Row[] => [
    ...containers((container) => container.memory && of(container.memory)),
    ...pods.map((pod) => ({ ...podRow(pod), value: podMemory(pod.stats, of) })),
  ];
  return [
    family(
      counter('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.', [
        ...LABELS,
        'cpu',
      ]),
      () =>
        withLabels({ cpu: 'total' }, [
          ...containers(({ cpu }) => cpu && cpu.usageUsec / 1e6),
          ...pods.map((pod) => ({ ...podRow(pod), value: pod.stats.cpu && pod.stats.cpu.usageUsec / 1e6 })),
          ...nodeRow(figures, ({ counters }) => counters && counters.cpuUsec / 1e6),
        ]),
    ),
    family(
      counter('container_cpu_user_seconds_total', 'Cumulative user cpu time consumed in seconds.', LABELS),
      () => containers(({ cpu }) => seconds(cpu?.userUsec)),
    ),
    family(
      counter(
        'container_cpu_system_seconds_total',
        'Cumulative system cpu time consumed in seconds.',
        LABELS,
      ),
      () => containers(({ cpu }) => seconds(cpu?.systemUsec)),
    ),
    family(
      counter('container_cpu_cfs_periods_total', 'Number of elapsed enforcement period intervals.', LABELS),
      () => containers(({ cfs }) => cfs?.periods),
    ),
    family(
      counter('container_cpu_cfs_throttled_periods_total', 'Number of throttled period intervals.', LABELS),
      () => containers(({ cfs }) => cfs?.throttledPeriods),
    ),
    family(
      counter(
        'container_cpu_cfs_throttled_seconds_total',
        'Total time duration the container has been throttled.',
        LABELS,
      ),
      () => containers(({ cfs }) => seconds(cfs?.throttledUsec)),
    ),
    family(gauge('container_memory_working_set_bytes', 'Current working set in bytes.', LABELS), () => [
      ...memory(({ workingSetBytes }) => workingSetBytes),
      ...nodeRow(figures, () => machineSum(machines)?.workingSetBytes),
    ]),
    family(
      gauge(
        'container_memory_usage_bytes',
        'Current memory usage in bytes, including all memory regardless of when it was accessed',
        LABELS,
      ),
      () => [
        ...memory(({ usageBytes }) => usageBytes),
        ...nodeRow(figures, () => machineSum(machines)?.usageBytes),
      ],
    ),
    family(gauge('container_memory_rss', 'Size of RSS in bytes.', LABELS), () =>
      memory(({ rssBytes }) => rssBytes),
    ),
    family(gauge('container_memory_cache', 'Number of bytes of page cache memory.', LABELS), () =>
      memory(({ cacheBytes }) => cacheBytes),
    ),
    family(gauge('container_memory_mapped_file', 'Size of memory mapped files in bytes.', LABELS), () =>
      memory(({ mappedFileBytes }) => mappedFileBytes),
    ),
    family(gauge('container_memory_swap', 'Container swap usage in bytes.', LABELS), () =>
      memory(({ swapBytes }) => swapBytes),
    ),
    family(
      counter('container_memory_failures_total', 'Cumulative count of memory allocation failures.', [
        ...LABELS,
        'failure_type',
        'scope',
      ]),
      () => [
        ...withLabels(
          { failure_type: 'pgfault', scope: 'container' },
          containers(({ memory: used }) => used?.pageFaults),
        ),
        ...withLabels(
          { failure_type: 'pgmajfault', scope: 'container' },
          containers(({ memory: used }) => used?.majorPageFaults),
        ),
      ],
    ),
    family(
      counter(
        'container_oom_events_total',
        'Count of out of memory events observed for the container',
        LABELS,
      ),
      () => containers(({ oomKills }) => oomKills),
    ),
    family(gauge('container_processes', 'Number of processes running inside the container.', LABELS), () =>
      containers(({ processes }) => processes),
    ),
    family(gauge('container_threads', 'Number of threads running inside the container', LABELS), () =>
      containers(({ tasks }) => tasks),
    ),
    ...diskFamilies(figures),
    ...networkFamilies(pods),
    family(gauge('container_last_seen', 'Last time a container was seen by the exporter', LABELS), () =>
      pods.flatMap((pod) => containerRows(pod, () => Math.floor(pod.atMs / 1000))),
    ),
    family(
      gauge(
        'container_start_time_seconds',
        'Start time of the container since unix epoch in seconds.',
        LABELS,
      ),
      () =>
        undated(
          containers(({ startedAtMs }) => (startedAtMs > 0 ? Math.floor(startedAtMs / 1000) : undefined)),
        ),
    ),
    ...containerSpecFamilies(LABELS, () => pods.flatMap(specRows)),
    ...machineFamilies(machines),
    family(
      gauge('container_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise'),
      () => [{ labels: {}, value: machines.length > 0 ? 0 : 1 }],
    ),
  ];
}

function specRows({ pod, stats }: PodFigures) {
  const all = [pod.spec.containers, pod.spec.initContainers ?? []].flat();
  return stats.containers.map((container) => ({
    labels: containerLabels(pod, container),
    resources: all.find(({ name }) => name === container.name)?.resources,
  }));
}

function seconds(usec: number | undefined): number | undefined {
  return usec === undefined ? undefined : usec / 1e6;
}

const MACHINE_LABELS = ['agent', 'boot_id', 'machine_id', 'system_uuid'] as const;

function machineFamilies(machines: readonly MachineFigures[]): MetricFamily[] {
  const rows = (of: (machine: MachineFigures) => number) =>
    machines.map((machine) => {
      const { agent, bootId, machineId, systemUuid } = machine;
      const labels = { agent, boot_id: bootId, machine_id: machineId, system_uuid: systemUuid };
      return { labels, atMs: machine.atMs, value: of(machine) };
    });
  return [
    family(gauge('machine_cpu_cores', 'Number of logical CPU cores.', MACHINE_LABELS), () =>
      rows(({ capacity }) => capacity.cpu),
    ),
    family(gauge('machine_memory_bytes', 'Amount of memory installed on the machine.', MACHINE_LABELS), () =>
      rows(({ capacity }) => capacity.memoryBytes),
    ),
  ];
}
