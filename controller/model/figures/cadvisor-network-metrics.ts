// `container_network_*` of `/metrics/cadvisor`: each pod's network, under its sandbox.
import { counter, type MetricDefinition, type MetricFamily } from '../../../common/metrics/family.ts';
import type { NetworkStats__Output } from '../../../proto/gen/longshore/v1/NetworkStats.ts';
import { family, LABELS, podRow, type Row } from './cadvisor-rows.ts';
import type { PodFigures } from './node-figures.ts';

export function networkFamilies(pods: readonly PodFigures[]): MetricFamily[] {
  return NETWORK.map(([definition, of]) =>
    family(definition, () => pods.flatMap((pod) => networkRows(pod, of))),
  );
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
