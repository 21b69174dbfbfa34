// Startup, liveness and readiness probes.
import type { V1Probe } from '@kubernetes/client-node';
import { fields, supported, type Table } from './field.ts';
import { EXEC_ACTION, GRPC_ACTION, HTTP_GET_ACTION, TCP_SOCKET_ACTION } from './handler.ts';

export const PROBE: Table<V1Probe> = {
  title: 'Probe',
  rows: {
    exec: fields(EXEC_ACTION),
    failureThreshold: supported(
      'unit/agent/runtime/probes: end a container after as many failures of its liveness probe in a row as it takes',
    ),
    grpc: fields(GRPC_ACTION),
    httpGet: fields(HTTP_GET_ACTION),
    initialDelaySeconds: supported(
      'unit/agent/runtime/probes: begin after their delay, and come at their pace',
    ),
    periodSeconds: supported('unit/agent/runtime/probes: begin after their delay, and come at their pace'),
    successThreshold: supported(
      'unit/agent/runtime/probes: make a container ready after as many successes in a row as it takes',
    ),
    tcpSocket: fields(TCP_SOCKET_ACTION),
    terminationGracePeriodSeconds: supported(
      'unit/agent/runtime/probes: give the grace of their own, unless the pod is to go',
    ),
    timeoutSeconds: supported('unit/agent/runtime/probes: that take too long have failed'),
  },
};
