// `/metrics/cadvisor`: the series that dashboards and alerts are built on, with cAdvisor's names and labels. Each pod has
// one series of its own beside those of its containers, with an empty `container`, and its network under `POD`; the
// node's sum has the id `/`. A machine's own series are labelled by agent too.

import {
  counter,
  gauge,
  type LabelValues,
  type MetricDefinition,
  type MetricFamily,
  type Sample,
} from '../../../common/metrics/family.ts';
import type { Pod } from '../../../common/pod.ts';
import { containerStatuses } from '../../../common/pod.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import type { NetworkStats__Output } from '../../../proto/gen/longshore/v1/NetworkStats.ts';
import { containerSpecFamilies } from './container-spec-metrics.ts';
import {
  type MachineFigures,
  machineSum,
  type NodeFigures,
  type PodFigures,
  podMemory,
} from './node-figures.ts';

const LABELS = ['container', 'id', 'image', 'name', 'namespace', 'pod'] as const;

/** One container, pod or node. */
interface Row {
  readonly labels: LabelValues;
  readonly atMs: number;
  readonly value: number | null | undefined;
}

type OfContainer = (container: ContainerStats__Output) => Row['value'];
type OfMemory = (memory: NonNullable<ContainerStats__Output['memory']>) => number | undefined;

export function cadvisorMetrics(figures: NodeFigures): MetricFamily[] {
  const { pods, machines } = figures;
  const containers = (of: OfContainer): Row[] => pods.flatMap((pod) => containerRows(pod, of));
  const memory = (of: OfMemory): Row[] => [
    ...containers((container) => container.memory && of(container.memory)),
    ...pods.map((pod) => ({ ...podRow(pod), value: podMemory(pod.stats, of) })),
  ];
  const network = (of: (one: NetworkStats__Output) => number): Row[] =>
    pods.flatMap((pod) => networkRows(pod, of));
  return [
    family(
      counter('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.', [
        ...LABELS,
        'cpu',
      ]),
      withLabels({ cpu: 'total' }, [
        ...containers(({ cpu }) => cpu && cpu.usageUsec / 1e6),
        ...pods.map((pod) => ({ ...podRow(pod), value: pod.stats.cpu && pod.stats.cpu.usageUsec / 1e6 })),
        ...nodeRow(figures, ({ counters }) => counters && counters.cpuUsec / 1e6),
      ]),
    ),
    family(gauge('container_memory_working_set_bytes', 'Current working set in bytes.', LABELS), [
      ...memory(({ workingSetBytes }) => workingSetBytes),
      ...nodeRow(figures, () => machineSum(machines)?.workingSetBytes),
    ]),
    family(
      gauge(
        'container_memory_usage_bytes',
        'Current memory usage in bytes, including all memory regardless of when it was accessed',
        LABELS,
      ),
      memory(({ usageBytes }) => usageBytes),
    ),
    family(
      gauge('container_memory_rss', 'Size of RSS in bytes.', LABELS),
      memory(({ rssBytes }) => rssBytes),
    ),
    family(
      gauge('container_memory_cache', 'Number of bytes of page cache memory.', LABELS),
      memory(({ cacheBytes }) => cacheBytes),
    ),
    family(
      counter('container_memory_failures_total', 'Cumulative count of memory allocation failures.', [
        ...LABELS,
        'failure_type',
        'scope',
      ]),
      [
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
      containers(({ oomKills }) => oomKills),
    ),
    family(
      gauge(
        'container_fs_usage_bytes',
        'Number of bytes that are consumed by the container on this filesystem.',
        LABELS,
      ),
      containers(({ writtenBytes }) => writtenBytes),
    ),
    ...NETWORK.map(([definition, of]) => family(definition, network(of))),
    family(
      gauge('container_last_seen', 'Last time a container was seen by the exporter', LABELS),
      pods.flatMap((pod) => containerRows(pod, () => Math.floor(pod.atMs / 1000))),
    ),
    family(
      gauge(
        'container_start_time_seconds',
        'Start time of the container since unix epoch in seconds.',
        LABELS,
      ),
      undated(containers(({ startedAtMs }) => Math.floor(startedAtMs / 1000))),
    ),
    ...containerSpecFamilies(LABELS, pods.flatMap(specRows)),
    ...machineFamilies(machines),
    family(
      gauge('container_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise'),
      [{ labels: {}, value: machines.length > 0 ? 0 : 1 }],
    ),
  ];
}

const INTERFACE_LABELS = [...LABELS, 'interface'] as const;
const network = (way: 'receive' | 'transmit', what: string, help: string) =>
  counter(`container_network_${way}_${what}_total`, `Cumulative count of ${help}`, INTERFACE_LABELS);

const NETWORK: readonly (readonly [MetricDefinition, (one: NetworkStats__Output) => number])[] = [
  [network('receive', 'bytes', 'bytes received'), ({ rxBytes }) => rxBytes],
  [network('receive', 'packets', 'packets received'), ({ rxPackets }) => rxPackets],
  [network('receive', 'packets_dropped', 'packets dropped while receiving'), ({ rxDropped }) => rxDropped],
  [network('receive', 'errors', 'errors encountered while receiving'), ({ rxErrors }) => rxErrors],
  [network('transmit', 'bytes', 'bytes transmitted'), ({ txBytes }) => txBytes],
  [network('transmit', 'packets', 'packets transmitted'), ({ txPackets }) => txPackets],
  [
    network('transmit', 'packets_dropped', 'packets dropped while transmitting'),
    ({ txDropped }) => txDropped,
  ],
  [network('transmit', 'errors', 'errors encountered while transmitting'), ({ txErrors }) => txErrors],
];

function family(
  definition: MetricDefinition,
  rows: readonly (Omit<Row, 'atMs'> & { readonly atMs?: number })[],
): MetricFamily {
  const samples = rows.flatMap(({ labels, value, atMs }): Sample[] =>
    typeof value !== 'number' ? [] : [{ labels, value, ...(atMs !== undefined && { timestampMs: atMs }) }],
  );
  return { ...definition, samples };
}

function containerRows({ pod, stats, atMs }: PodFigures, of: OfContainer): Row[] {
  return stats.containers.map((container) => ({
    labels: containerLabels(pod, container),
    atMs,
    value: of(container),
  }));
}

function podRow({ pod, atMs }: PodFigures) {
  const { name, namespace, uid } = pod.metadata;
  const labels = { container: '', id: `/pod${uid}`, image: '', name: '', namespace, pod: name };
  return { labels, atMs };
}

function networkRows(figures: PodFigures, of: (one: NetworkStats__Output) => number): Row[] {
  const { name, namespace, uid } = figures.pod.metadata;
  const sandbox = {
    container: 'POD',
    image: 'longshore.dev/pause',
    name: `k8s_POD_${name}_${namespace}_${uid}`,
  };
  return figures.stats.network.map((one) => ({
    labels: { ...podRow(figures).labels, ...sandbox, interface: one.interface },
    atMs: figures.atMs,
    value: of(one),
  }));
}

function nodeRow(figures: NodeFigures, of: (figures: NodeFigures) => Row['value']): Row[] {
  const atMs = machineSum(figures.machines)?.atMs;
  if (atMs === undefined) return [];
  const labels = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' };
  return [{ labels, atMs, value: of(figures) }];
}

function containerLabels(pod: Pod, { name: container, id }: ContainerStats__Output) {
  const { name, namespace, uid } = pod.metadata;
  const status = containerStatuses(pod.status).find((one) => one.name === container);
  const attempt = status?.restartCount ?? 0;
  return {
    container,
    id: `/docker/${id}`,
    image: status?.image ?? '',
    name: `k8s_${container}_${name}_${namespace}_${uid}_${attempt}`,
    namespace,
    pod: name,
  };
}

function specRows({ pod, stats }: PodFigures) {
  const all = [pod.spec.containers, pod.spec.initContainers ?? []].flat();
  return stats.containers.map((container) => ({
    labels: containerLabels(pod, container),
    resources: all.find(({ name }) => name === container.name)?.resources,
  }));
}

function withLabels(more: LabelValues, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, labels: { ...row.labels, ...more } }));
}

function undated(rows: readonly Row[]): Omit<Row, 'atMs'>[] {
  return rows.map(({ labels, value }) => ({ labels, value }));
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
    family(
      gauge('machine_cpu_cores', 'Number of logical CPU cores.', MACHINE_LABELS),
      rows(({ capacity }) => capacity.cpu),
    ),
    family(
      gauge('machine_memory_bytes', 'Amount of memory installed on the machine.', MACHINE_LABELS),
      rows(({ capacity }) => capacity.memoryBytes),
    ),
  ];
}
