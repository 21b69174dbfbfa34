// `container_fs_*` and `container_blkio_*` of `/metrics/cadvisor`: what containers keep on their machine's disk, how large
// it is, and what they read from and write to each.
import { counter, gauge, type LabelValues, type MetricFamily } from '../../../common/metrics/family.ts';
import type { ContainerStats__Output } from '../../../proto/gen/longshore/v1/ContainerStats.ts';
import type { DiskIo__Output } from '../../../proto/gen/longshore/v1/DiskIo.ts';
import { containerLabels, containerRows, family, LABELS, nodeRow, type Row } from './cadvisor-rows.ts';
import { machineSum, type NodeFigures, type PodFigures } from './node-figures.ts';

const DEVICE_LABELS = [...LABELS, 'device'] as const;
const OPERATION_LABELS = [...DEVICE_LABELS, 'major', 'minor', 'operation'] as const;

export function diskFamilies(figures: NodeFigures): MetricFamily[] {
  const { pods, machines } = figures;
  const node = machineSum(machines)?.filesystem;
  const perDisk = (of: (io: DiskIo__Output) => number | undefined) =>
    pods.flatMap((pod) => diskRows(pod, (io) => [{ labels: {}, value: of(io) }]));
  return [
    family(
      gauge(
        'container_fs_usage_bytes',
        'Number of bytes that are consumed by the container on this filesystem.',
        LABELS,
      ),
      () => [
        ...pods.flatMap((pod) => containerRows(pod, written)),
        ...nodeRow(figures, () => node && Math.max(0, node.capacityBytes - node.availableBytes)),
      ],
    ),
    family(
      gauge(
        'container_fs_limit_bytes',
        'Number of bytes that can be consumed by the container on this filesystem.',
        LABELS,
      ),
      () => [
        ...pods.flatMap((pod) => containerRows(pod, () => pod.filesystem?.capacityBytes)),
        ...nodeRow(figures, () => node?.capacityBytes),
      ],
    ),
    family(counter('container_fs_reads_bytes_total', 'Cumulative count of bytes read', DEVICE_LABELS), () =>
      perDisk(({ readBytes }) => readBytes),
    ),
    family(counter('container_fs_reads_total', 'Cumulative count of reads completed', DEVICE_LABELS), () =>
      perDisk(({ reads }) => reads),
    ),
    family(
      counter('container_fs_writes_bytes_total', 'Cumulative count of bytes written', DEVICE_LABELS),
      () => perDisk(({ writeBytes }) => writeBytes),
    ),
    family(counter('container_fs_writes_total', 'Cumulative count of writes completed', DEVICE_LABELS), () =>
      perDisk(({ writes }) => writes),
    ),
    family(counter('container_blkio_device_usage_total', 'Blkio Device bytes usage', OPERATION_LABELS), () =>
      pods.flatMap((pod) =>
        diskRows(pod, ({ major, minor, readBytes, writeBytes }) =>
          [['Read', readBytes] as const, ['Write', writeBytes] as const].map(([operation, value]) => ({
            labels: { major: String(major), minor: String(minor), operation },
            value,
          })),
        ),
      ),
    ),
  ];
}

/** As cAdvisor counts it: with its logs. */
function written({ writtenBytes, logBytes = 0 }: ContainerStats__Output): number | undefined {
  return writtenBytes === undefined ? undefined : writtenBytes + logBytes;
}

interface Part {
  readonly labels: LabelValues;
  readonly value: number | undefined;
}

function diskRows({ pod, stats, atMs }: PodFigures, partsOf: (io: DiskIo__Output) => Part[]): Row[] {
  return stats.containers.flatMap((container) =>
    container.diskIo.flatMap((io) =>
      partsOf(io).map(({ labels, value }) => ({
        labels: { ...containerLabels(pod, container), device: deviceName(io), ...labels },
        ...{ atMs, value },
      })),
    ),
  );
}

/** As in `/dev`; by its numbers where nobody knows its name. */
function deviceName({ device, major, minor }: DiskIo__Output): string {
  return device === '' ? `${major}:${minor}` : `/dev/${device}`;
}
