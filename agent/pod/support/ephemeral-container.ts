// What an ephemeral container, as `kubectl debug` makes it, may ask for: what a container may, but for what the API
// server accepts none of.
import type { V1EphemeralContainer } from '@kubernetes/client-node';
import { CONTAINER } from './container.ts';
import { noEffect, supported, type Table } from './field.ts';
import { NOT_THERE } from './reasons.ts';

const RUNS =
  'integration/agent/runtime/init-containers: that are ephemeral run as they ask, and see the processes of the container they are to look at';
const DEBUG = 'e2e/lifecycle: is looked into with kubectl debug';
const TERMINAL = 'e2e/streams: debug -it is a terminal beside the container';

export const EPHEMERAL_CONTAINER: Table<V1EphemeralContainer> = {
  title: 'EphemeralContainer',
  rows: {
    ...CONTAINER.rows,
    args: supported(RUNS),
    command: supported([RUNS, DEBUG]),
    image: supported([RUNS, DEBUG]),
    imagePullPolicy: supported(RUNS),
    lifecycle: noEffect(NOT_THERE),
    livenessProbe: noEffect(NOT_THERE),
    name: supported([RUNS, DEBUG]),
    ports: noEffect(NOT_THERE),
    readinessProbe: noEffect(NOT_THERE),
    resizePolicy: noEffect(NOT_THERE),
    resources: noEffect(NOT_THERE),
    restartPolicy: noEffect(NOT_THERE),
    restartPolicyRules: noEffect(NOT_THERE),
    startupProbe: noEffect(NOT_THERE),
    stdin: supported(TERMINAL),
    targetContainerName: supported([RUNS, DEBUG]),
    terminationMessagePath: supported(RUNS),
    terminationMessagePolicy: supported(RUNS),
    tty: supported(TERMINAL),
    workingDir: supported(RUNS),
  },
};
