// The hooks of a container, and how it is asked to stop.
import type { V1Lifecycle, V1LifecycleHandler } from '@kubernetes/client-node';
import { fields, supported, type Table } from './field.ts';
import { EXEC_ACTION, HTTP_GET_ACTION, SLEEP_ACTION, TCP_SOCKET_ACTION } from './handler.ts';

const HANDLER: Table<V1LifecycleHandler> = {
  title: 'LifecycleHandler',
  rows: {
    exec: fields(EXEC_ACTION),
    httpGet: fields(HTTP_GET_ACTION),
    sleep: fields(SLEEP_ACTION),
    tcpSocket: fields(TCP_SOCKET_ACTION),
  },
};

export const LIFECYCLE: Table<V1Lifecycle> = {
  title: 'Lifecycle',
  rows: {
    postStart: fields(HANDLER),
    preStop: fields(HANDLER),
    stopSignal: supported(
      'integration/agent/runtime/hooks: and the signal that stops a container are the container’s own',
    ),
  },
};
