// What a container of a pod may ask for: the regular ones and the init containers.
import type {
  V1Container,
  V1ContainerPort,
  V1ContainerResizePolicy,
  V1ContainerRestartRule,
  V1ContainerRestartRuleOnExitCodes,
} from '@kubernetes/client-node';
import { ENV_FROM_SOURCE, ENV_VAR } from './env.ts';
import { fields, noEffect, only, refused, supported, type Table } from './field.ts';
import { LIFECYCLE } from './lifecycle.ts';
import { PROBE } from './probe.ts';
import { BLOCK_VOLUMES, INFORMATION } from './reasons.ts';
import { RESOURCE_REQUIREMENTS } from './resources.ts';
import { SECURITY_CONTEXT } from './security-context.ts';
import { VOLUME_MOUNT } from './volume-mount.ts';

const COMMAND =
  'integration/agent/runtime/pod-environment: see their environment, command and arguments filled in';
const RUNS = 'integration/agent/runtime/pods: run, and say so in the kubelet’s words';
const MESSAGE =
  'integration/agent/runtime/pods: leave a message for when they have ended, as any user and wherever they like';
const HOST_PORTS = [
  'integration/agent/runtime/pods: publish their host ports on the machine, and say when one is taken',
  'integration/agent/runtime/pod-names: are reached at their host ports',
] as const;
const STDIN =
  'integration/agent/runtime/attach: that ends its input leaves with it, and the process waits for the next';
const STDIN_ONCE =
  'integration/agent/runtime/attach: that ends its input ends the process’s with stdinOnce, and stays to the process’s end';
const TTY = 'integration/agent/runtime/attach: types into its terminal whatever key, and tells it its size';

const SIDECARS =
  'integration/agent/runtime/init-containers: run in their order, sidecars beside them, and end last first';
const RESTART_RULES =
  'integration/agent/runtime/init-containers: go by their own restart policy and its rules before the pod’s';

const RESTART_ALL =
  'integration/agent/runtime/init-containers: start anew all together where a rule of one says so, in the same sandbox';

const CONTAINER_PORT: Table<V1ContainerPort> = {
  title: 'ContainerPort',
  rows: {
    containerPort: supported(HOST_PORTS),
    hostIP: supported(HOST_PORTS),
    hostPort: supported(HOST_PORTS),
    name: noEffect(INFORMATION),
    protocol: supported(HOST_PORTS),
  },
};

const RESTART_RULE_EXIT_CODES: Table<V1ContainerRestartRuleOnExitCodes> = {
  title: 'ContainerRestartRuleOnExitCodes',
  rows: {
    operator: supported(RESTART_RULES),
    values: supported(RESTART_RULES),
  },
};

const RESTART_RULE: Table<V1ContainerRestartRule> = {
  title: 'ContainerRestartRule',
  rows: {
    action: supported([RESTART_RULES, RESTART_ALL], only('Restart', 'RestartAllContainers')),
    exitCodes: fields(RESTART_RULE_EXIT_CODES),
  },
};

const RESIZE =
  'e2e/machine: resources change while the container runs, by a new start only where it asks for one';

const RESIZE_POLICY: Table<V1ContainerResizePolicy> = {
  title: 'ContainerResizePolicy',
  rows: {
    resourceName: supported(RESIZE),
    restartPolicy: supported(RESIZE),
  },
};

export const CONTAINER: Table<V1Container> = {
  title: 'Container',
  rows: {
    args: supported(COMMAND),
    command: supported(COMMAND),
    env: fields(ENV_VAR),
    envFrom: fields(ENV_FROM_SOURCE),
    image: supported(RUNS),
    imagePullPolicy: supported([
      'e2e/machine: images of private registries come with the pod’s pull secrets, and with its ServiceAccount’s',
      'e2e/init-containers: whose image cannot be had leave the pod deletable at once',
      'integration/agent/images/pull: pulls an absent image once, and then finds it here',
    ]),
    lifecycle: fields(LIFECYCLE),
    livenessProbe: fields(PROBE),
    name: supported(RUNS),
    ports: fields(CONTAINER_PORT),
    readinessProbe: fields(PROBE),
    resizePolicy: fields(RESIZE_POLICY),
    resources: fields(RESOURCE_REQUIREMENTS),
    restartPolicy: supported([SIDECARS, RESTART_RULES], only('Always', 'OnFailure', 'Never')),
    restartPolicyRules: fields(RESTART_RULE),
    securityContext: fields(SECURITY_CONTEXT),
    startupProbe: fields(PROBE),
    stdin: supported(STDIN),
    stdinOnce: supported(STDIN_ONCE),
    terminationMessagePath: supported(MESSAGE),
    terminationMessagePolicy: supported(MESSAGE),
    tty: supported(TTY),
    volumeDevices: refused(BLOCK_VOLUMES),
    volumeMounts: fields(VOLUME_MOUNT),
    workingDir: supported(COMMAND),
  },
};
