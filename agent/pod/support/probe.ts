// Startup, liveness and readiness probes.
import type { V1Probe } from '@kubernetes/client-node';
import { fields, notYet, type Table } from './field.ts';
import { EXEC_ACTION, GRPC_ACTION, HTTP_GET_ACTION, TCP_SOCKET_ACTION } from './handler.ts';

export const PROBE: Table<V1Probe> = {
  title: 'Probe',
  rows: {
    exec: fields(EXEC_ACTION),
    failureThreshold: notYet(),
    grpc: fields(GRPC_ACTION),
    httpGet: fields(HTTP_GET_ACTION),
    initialDelaySeconds: notYet(),
    periodSeconds: notYet(),
    successThreshold: notYet(),
    tcpSocket: fields(TCP_SOCKET_ACTION),
    terminationGracePeriodSeconds: notYet(),
    timeoutSeconds: notYet(),
  },
};
