// `container_spec_*`: what the pod asks for, in the terms of the cgroup that it gets.
import { gauge, type LabelValues, type MetricFamily } from '../../../common/metrics/family.ts';
import { parseQuantity } from '../../../common/quantity.ts';
import { family } from './cadvisor-rows.ts';

export interface ContainerSpec {
  readonly labels: LabelValues;
  readonly resources:
    | {
        readonly limits?: Readonly<Record<string, string>>;
        readonly requests?: Readonly<Record<string, string>>;
      }
    | undefined;
}

const CPU_PERIOD_US = 100_000;
const MIN_SHARES = 2;

export function containerSpecFamilies(
  labels: readonly string[],
  specs: () => readonly ContainerSpec[],
): MetricFamily[] {
  const series = (name: string, help: string, of: (spec: ContainerSpec) => number | undefined) =>
    family(gauge(`container_spec_${name}`, help, labels), () =>
      specs().map((spec) => ({ labels: spec.labels, value: of(spec) })),
    );
  return [
    series('cpu_period', 'CPU period of the container.', () => CPU_PERIOD_US),
    series('cpu_quota', 'CPU quota of the container.', (spec) => {
      const milli = amount(spec, 'limits', 'cpu');
      return milli === undefined ? undefined : (milli * CPU_PERIOD_US) / 1000;
    }),
    series('cpu_shares', 'CPU share of the container.', (spec) => {
      const milli = amount(spec, 'requests', 'cpu') ?? amount(spec, 'limits', 'cpu') ?? 0;
      return Math.max(MIN_SHARES, Math.floor((milli * 1024) / 1000));
    }),
    series('memory_limit_bytes', 'Memory limit for the container.', (spec) => memoryLimit(spec)),
    // What is limited has no swap.
    series('memory_swap_limit_bytes', 'Memory swap limit for the container.', (spec) => memoryLimit(spec)),
  ];
}

/** 0: none. */
function memoryLimit(spec: ContainerSpec): number {
  return Math.floor((amount(spec, 'limits', 'memory') ?? 0) / 1000);
}

/** In thousandths. */
function amount(
  { resources }: ContainerSpec,
  kind: 'limits' | 'requests',
  resource: string,
): number | undefined {
  const quantity = parseQuantity(resources?.[kind]?.[resource] ?? '');
  return quantity === undefined ? undefined : Number(quantity);
}
