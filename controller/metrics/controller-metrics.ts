// Everything the controller measures: who counts is handed the part that is theirs, the kubelet port asks for all of it.
import { X509Certificate } from 'node:crypto';
import { counter, gauge, type MetricFamily, measured } from '../../common/metrics/family.ts';
import { createCounter } from '../../common/metrics/instruments.ts';
import { KUBERNETES_VERSION, VERSION } from '../../common/version.ts';
import type { FleetFigures } from '../reconcile/fleet-figures.ts';
import { createApiMetrics } from './api-metrics.ts';
import { fleetFamilies } from './fleet-metrics.ts';
import { createKubeletMetrics } from './kubelet-metrics.ts';
import { createPlacementMetrics } from './placement-metrics.ts';
import { createPodMetrics } from './pod-metrics.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { createQueueMetrics } from './queue-metrics.ts';
import { createRpcMetrics } from './rpc-metrics.ts';

const BUILD = gauge(
  'longshore_build_info',
  'The controller’s version, and the Kubernetes version it shows; always 1.',
  ['version', 'kubernetes_version'],
);
const NODE_NAME = gauge('kubelet_node_name', 'The name of the node; always 1.', ['node']);
const LEADER = gauge('longshore_leader', 'Whether this process leads.');
const TERMS = counter('longshore_leader_terms_total', 'How often this process came to lead.');
const CERTIFICATES = gauge(
  'longshore_certificate_expiration_timestamp_seconds',
  'When a certificate runs out: of the fleet’s CA, the gRPC port, the kubelet port, the node as a client.',
  ['certificate'],
);
const SERVER_TTL = gauge(
  'kubelet_certificate_manager_server_ttl_seconds',
  'How long the certificate of the kubelet port is valid for.',
);

/** What is asked for at a scrape. */
export interface ControllerState {
  readonly nodeName: string;
  readonly isLeader: boolean;
  /** In PEM; undefined: there is none. */
  readonly certificates: Readonly<Record<'ca' | 'grpc' | 'kubelet' | 'node', string | undefined>>;
  readonly nowMs: number;
  /** Undefined on a standby. */
  readonly fleet: FleetFigures | undefined;
  /** What the agents measure of themselves. */
  readonly agents: readonly MetricFamily[];
}

export interface MetricSection {
  readonly title: string;
  readonly families: readonly MetricFamily[];
}

export type ControllerMetrics = ReturnType<typeof createControllerMetrics>;

export function createControllerMetrics() {
  const process = createProcessMetrics();
  const terms = createCounter(TERMS);
  const api = createApiMetrics();
  const kubelet = createKubeletMetrics();
  const placement = createPlacementMetrics();
  const pods = createPodMetrics();
  const queues = createQueueMetrics();
  const rpc = createRpcMetrics();
  return {
    ...{ api, kubelet, placement, pods, queues, rpc },
    leads: () => terms.add({}),
    measure: (state: ControllerState): MetricSection[] => [
      {
        title: 'The controller',
        families: [
          measured(BUILD, [[{ version: VERSION, kubernetes_version: `v${KUBERNETES_VERSION}` }, 1]]),
          measured(NODE_NAME, [[{ node: state.nodeName }, 1]]),
          measured(LEADER, [[{}, Number(state.isLeader)]]),
          terms.family(),
          ...certificateFamilies(state),
        ],
      },
      { title: 'The fleet and its pods', families: state.fleet ? fleetFamilies(state.fleet) : [] },
      { title: 'Agents, as they measure themselves', families: state.agents },
      {
        title: 'Placement, and how long pods take to run',
        families: [placement, pods].flatMap((part) => part.families()),
      },
      { title: 'Work queues', families: queues.families() },
      { title: 'The API server', families: api.families() },
      { title: 'The kubelet port', families: kubelet.families() },
      { title: 'The gRPC port, sessions and streams', families: rpc.families() },
      { title: 'The process', families: process.families() },
    ],
    [Symbol.dispose]: () => process[Symbol.dispose](),
  };
}

function certificateFamilies({ certificates, nowMs }: ControllerState): MetricFamily[] {
  const ends = Object.entries(certificates).flatMap(([certificate, pem]) =>
    pem === undefined
      ? []
      : [[{ certificate }, Date.parse(new X509Certificate(pem).validTo) / 1000] as const],
  );
  const port = ends.find(([{ certificate }]) => certificate === 'kubelet');
  return [measured(CERTIFICATES, ends), measured(SERVER_TTL, port ? [[{}, port[1] - nowMs / 1000]] : [])];
}
