// A row of `/metrics/cadvisor`: what it is about, by cAdvisor's labels, and when it was measured.
import type { LabelValues, MetricDefinition, MetricFamily, Sample } from '../../../common/metrics/family.ts';
import { containerStatuses, type Pod } from '../../../common/pod.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import { machineSum, type NodeFigures, type PodFigures } from './node-figures.ts';

export const LABELS = ['container', 'id', 'image', 'name', 'namespace', 'pod'] as const;

/** One container, pod or node. */
export interface Row {
  readonly labels: LabelValues;
  readonly atMs: number;
  readonly value: number | null | undefined;
}

export type OfContainer = (container: ContainerStats__Output) => Row['value'];

/** Made when it is read, and then left to be collected: there are dozens of families with a row for each of ten thousand pods. */
export function family(
  definition: MetricDefinition,
  rows: () => readonly (Omit<Row, 'atMs'> & { readonly atMs?: number })[],
): MetricFamily {
  return { ...definition, samples: { [Symbol.iterator]: () => samplesOf(rows()) } };
}

function* samplesOf(rows: ReturnType<Parameters<typeof family>[1]>): Generator<Sample> {
  for (const { labels, value, atMs } of rows) {
    if (typeof value === 'number') yield { labels, value, ...(atMs !== undefined && { timestampMs: atMs }) };
  }
}

export function containerRows({ pod, stats, atMs }: PodFigures, of: OfContainer): Row[] {
  return stats.containers.map((container) => ({
    labels: containerLabels(pod, container),
    atMs,
    value: of(container),
  }));
}

export function podRow({ pod, atMs }: PodFigures) {
  const { name, namespace, uid } = pod.metadata;
  const labels = { container: '', id: `/pod${uid}`, image: '', name: '', namespace, pod: name };
  return { labels, atMs };
}

export function nodeRow(figures: NodeFigures, of: (figures: NodeFigures) => Row['value']): Row[] {
  const atMs = machineSum(figures.machines)?.atMs;
  if (atMs === undefined) return [];
  const labels = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' };
  return [{ labels, atMs, value: of(figures) }];
}

const known = new WeakMap<ContainerStats__Output, { readonly pod: Pod; readonly labels: LabelValues }>();

/** Made once for all series of a container. */
export function containerLabels(pod: Pod, container: ContainerStats__Output): LabelValues {
  const before = known.get(container);
  if (before?.pod === pod) return before.labels;
  const labels = labelsOf(pod, container);
  known.set(container, { pod, labels });
  return labels;
}

function labelsOf(pod: Pod, { name: container, id }: ContainerStats__Output): LabelValues {
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

export function withLabels(more: LabelValues, rows: readonly Row[]): Row[] {
  return rows.map((row) => ({ ...row, labels: { ...row.labels, ...more } }));
}

export function undated(rows: readonly Row[]): Omit<Row, 'atMs'>[] {
  return rows.map(({ labels, value }) => ({ labels, value }));
}
