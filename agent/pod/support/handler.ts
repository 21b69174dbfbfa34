// What a probe or a hook does.
import type {
  V1ExecAction,
  V1GRPCAction,
  V1HTTPGetAction,
  V1HTTPHeader,
  V1SleepAction,
  V1TCPSocketAction,
} from '@kubernetes/client-node';
import { fields, notYet, type Table } from './field.ts';

export const EXEC_ACTION: Table<V1ExecAction> = {
  title: 'ExecAction',
  rows: { command: notYet() },
};

export const GRPC_ACTION: Table<V1GRPCAction> = {
  title: 'GRPCAction',
  rows: {
    port: notYet(),
    service: notYet(),
  },
};

const HTTP_HEADER: Table<V1HTTPHeader> = {
  title: 'HTTPHeader',
  rows: {
    name: notYet(),
    value: notYet(),
  },
};

export const HTTP_GET_ACTION: Table<V1HTTPGetAction> = {
  title: 'HTTPGetAction',
  rows: {
    host: notYet(),
    httpHeaders: fields(HTTP_HEADER),
    path: notYet(),
    port: notYet(),
    scheme: notYet(),
  },
};

export const SLEEP_ACTION: Table<V1SleepAction> = {
  title: 'SleepAction',
  rows: { seconds: notYet() },
};

export const TCP_SOCKET_ACTION: Table<V1TCPSocketAction> = {
  title: 'TCPSocketAction',
  rows: {
    host: notYet(),
    port: notYet(),
  },
};
