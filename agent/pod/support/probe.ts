// Startup, liveness and readiness probes.
import type { V1Probe } from '@kubernetes/client-node';
import { fields, supported, type Table } from './field.ts';
import { EXEC_ACTION, GRPC_ACTION, HTTP_GET_ACTION, TCP_SOCKET_ACTION } from './handler.ts';

const PACE =
  'integration/agent/runtime/probes: begin after their delay, come at their pace, and count as often as they are to';

export const PROBE: Table<V1Probe> = {
  title: 'Probe',
  rows: {
    exec: fields(EXEC_ACTION),
    failureThreshold: supported(PACE),
    grpc: fields(GRPC_ACTION),
    httpGet: fields(HTTP_GET_ACTION),
    initialDelaySeconds: supported(PACE),
    periodSeconds: supported(PACE),
    successThreshold: supported(PACE),
    tcpSocket: fields(TCP_SOCKET_ACTION),
    terminationGracePeriodSeconds: supported(
      'integration/agent/runtime/probes: that fail end the container within the grace of the probe, and it is restarted',
    ),
    timeoutSeconds: supported([
      PACE,
      'integration/agent/runtime/probes: leave no command behind that took too long',
    ]),
  },
};
