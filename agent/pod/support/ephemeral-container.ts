// What an ephemeral container, as `kubectl debug` makes it, may ask for: what a container may, but for what the API
// server accepts none of.
import type { V1EphemeralContainer } from '@kubernetes/client-node';
import { CONTAINER } from './container.ts';
import { noEffect, supported, type Table } from './field.ts';
import { NOT_THERE } from './reasons.ts';

export const EPHEMERAL_CONTAINER: Table<V1EphemeralContainer> = {
  title: 'EphemeralContainer',
  rows: {
    ...CONTAINER.rows,
    lifecycle: noEffect(NOT_THERE),
    livenessProbe: noEffect(NOT_THERE),
    ports: noEffect(NOT_THERE),
    readinessProbe: noEffect(NOT_THERE),
    resizePolicy: noEffect(NOT_THERE),
    resources: noEffect(NOT_THERE),
    restartPolicy: noEffect(NOT_THERE),
    restartPolicyRules: noEffect(NOT_THERE),
    startupProbe: noEffect(NOT_THERE),
    targetContainerName: supported(
      'integration/agent/runtime/init-containers: that are ephemeral see the processes of the container they are to look at',
    ),
  },
};
