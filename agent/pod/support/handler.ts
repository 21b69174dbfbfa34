// What a probe or a hook does.
import type {
  V1ExecAction,
  V1GRPCAction,
  V1HTTPGetAction,
  V1HTTPHeader,
  V1SleepAction,
  V1TCPSocketAction,
} from '@kubernetes/client-node';
import { fields, only, supported, type Table } from './field.ts';

const COMMAND = [
  'integration/agent/runtime/hooks: run a command after the start, in the container',
  'integration/agent/runtime/probes: run commands, and show what they wrote',
] as const;
const HOOK =
  'integration/agent/runtime/hooks: send requests: to the pod by the name of a port, with their headers, whatever is answered';
const REQUEST = [
  HOOK,
  'integration/agent/runtime/probes: send requests over HTTP, by the name of a port',
] as const;
const HOOK_BY_TLS =
  'integration/agent/runtime/hooks: send requests over HTTPS without asking who answers, and over HTTP where HTTPS is not spoken';
const HTTPS = [
  HOOK_BY_TLS,
  'integration/agent/runtime/probes: send requests over HTTPS to whoever answers, known or not',
] as const;
const SOCKET = 'integration/agent/runtime/probes: connect';
const GRPC = 'integration/agent/runtime/probes: ask over gRPC how a service is';

export const EXEC_ACTION: Table<V1ExecAction> = {
  title: 'ExecAction',
  rows: { command: supported(COMMAND) },
};

export const GRPC_ACTION: Table<V1GRPCAction> = {
  title: 'GRPCAction',
  rows: {
    port: supported(GRPC),
    service: supported(GRPC),
  },
};

const HTTP_HEADER: Table<V1HTTPHeader> = {
  title: 'HTTPHeader',
  rows: {
    name: supported(HOOK),
    value: supported(HOOK),
  },
};

export const HTTP_GET_ACTION: Table<V1HTTPGetAction> = {
  title: 'HTTPGetAction',
  rows: {
    host: supported(HOOK_BY_TLS),
    httpHeaders: fields(HTTP_HEADER),
    path: supported(REQUEST),
    port: supported(REQUEST),
    scheme: supported(HTTPS, only('HTTP', 'HTTPS')),
  },
};

export const SLEEP_ACTION: Table<V1SleepAction> = {
  title: 'SleepAction',
  rows: { seconds: supported('integration/agent/runtime/hooks: sleep before the stop') },
};

export const TCP_SOCKET_ACTION: Table<V1TCPSocketAction> = {
  title: 'TCPSocketAction',
  rows: {
    host: supported(SOCKET),
    port: supported(SOCKET),
  },
};
