// What a pod's events say, word for word: people look for them as a kubelet writes them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../../../agent/runtime/engine.ts';
import type { Pod } from '../../../../common/pod.ts';
import type { FakeMachine } from '../../../kit/fake-machine.ts';
import { onFakeMachine } from '../../../kit/on-fake-machine.ts';
import { SERVE, STUBBORN, scriptPod } from '../../../kit/pod-machine.ts';

const IMAGE = 'longshore.test/busybox:1';
const MAIN = 'spec.containers{main}';
const PRESENT = `Normal Pulled: Container image "${IMAGE}" already present on machine`;
const CREATED = 'Normal Created: Created container: main';
const STARTED = 'Normal Started: Started container main';
const UP = [PRESENT, CREATED, STARTED];
const exec = (program: string) => ({ exec: { command: ['sh', '-c', program] } });

type Container = Partial<Pod['spec']['containers'][number]>;

interface Story {
  readonly name: string;
  readonly script?: string;
  readonly container?: Container;
  readonly spec?: Partial<Pod['spec']>;
  /** Before the pod is there. */
  readonly before?: (machine: FakeMachine) => void;
  readonly next?: (machine: FakeMachine, pod: Pod) => unknown;
  readonly afterMs?: number;
  readonly says: (pod: Pod) => readonly string[];
  /** Of the pod as a whole, all or some of them. */
  readonly ofPod?: RegExp;
}

const named = ({ metadata }: Pod) => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
const remove = (machine: FakeMachine, pod: Pod) =>
  machine.manager.apply({
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionTimestamp: '2026-01-01T00:01:00Z',
      deletionGracePeriodSeconds: 30,
    },
  });

const STORIES: readonly Story[] = [
  { name: 'starts', says: () => UP },
  {
    name: 'is deleted',
    next: remove,
    says: () => [...UP, 'Normal Killing: Stopping container main'],
  },
  {
    name: 'crashes again and again',
    script: 'exit 1',
    says: (pod) => [
      ...UP,
      ...UP,
      `Warning BackOff: Back-off restarting failed container main in pod ${named(pod)}`,
    ],
  },
  {
    name: 'has an image that cannot be pulled',
    before: ({ imageFailures }) => imageFailures.push({ reason: 'ErrImagePull', message: 'no such host' }),
    afterMs: 5000,
    says: () => [
      `Normal Pulling: Pulling image "${IMAGE}"`,
      `Warning Failed: Failed to pull image "${IMAGE}": no such host`,
      'Warning Failed: Error: ErrImagePull',
      `Normal BackOff: Back-off pulling image "${IMAGE}"`,
      'Warning Failed: Error: ImagePullBackOff',
    ],
  },
  {
    name: 'may not have its image pulled',
    before: ({ imageFailures }) =>
      imageFailures.push({
        reason: 'ErrImageNeverPull',
        message: `Container image "${IMAGE}" is not present with pull policy of Never`,
      }),
    says: () => [
      `Warning ErrImageNeverPull: Container image "${IMAGE}" is not present with pull policy of Never`,
      'Warning Failed: Error: ErrImageNeverPull',
    ],
  },
  {
    name: 'has a name for an image that is none',
    before: ({ imageFailures }) =>
      imageFailures.push({ reason: 'InvalidImageName', message: 'Failed to apply default image tag "A": …' }),
    says: () => [
      'Warning InspectFailed: Failed to apply default image tag "A": …',
      'Warning Failed: Error: InvalidImageName',
    ],
  },
  {
    name: 'needs a ConfigMap that is not there',
    container: { envFrom: [{ configMapRef: { name: 'settings' } }] },
    before: (machine) => machine.objects.put('configmaps/default/settings', { kind: 'absent' }),
    says: () => [PRESENT, 'Warning Failed: Error: configmap "settings" not found'],
  },
  {
    name: 'is refused by Docker',
    before: ({ engine }) => {
      // The first made is the sandbox.
      engine.failNext('start', new EngineError('refused', 'driver failed'));
    },
    // Beside that start its image is seen to.
    says: () => [PRESENT],
    ofPod: /^Warning FailedCreatePodSandBox: Failed to create pod sandbox: driver failed$/m,
  },
  {
    name: 'does not live',
    container: { livenessProbe: { ...exec('live'), failureThreshold: 1 } },
    before: ({ execs }) => execs.answers.set('live', 1),
    says: (pod) => [
      ...UP,
      'Warning Unhealthy: Liveness probe failed: ',
      'Normal Killing: Container main failed liveness probe, will be restarted',
      ...UP,
      'Warning Unhealthy: Liveness probe failed: ',
      'Normal Killing: Container main failed liveness probe, will be restarted',
      `Warning BackOff: Back-off restarting failed container main in pod ${named(pod)}`,
    ],
  },
  {
    name: 'is not ready',
    container: { readinessProbe: exec('ready') },
    before: ({ execs }) => execs.answers.set('ready', 1),
    says: () => [...UP, 'Warning Unhealthy: Readiness probe failed: '],
  },
  {
    name: 'fails in its postStart hook',
    container: { lifecycle: { postStart: exec('exit 1') } },
    spec: { restartPolicy: 'Never' },
    says: () => [
      ...UP,
      'Warning FailedPostStartHook: PostStartHook failed',
      'Normal Killing: FailedPostStartHook',
    ],
  },
  {
    name: 'fails in its preStop hook',
    container: { lifecycle: { preStop: exec('exit 1') } },
    next: remove,
    says: () => [
      ...UP,
      'Normal Killing: Stopping container main',
      'Warning FailedPreStopHook: PreStopHook failed',
    ],
  },
  {
    name: 'loses its sandbox',
    next: ({ engine }) => engine.exit('POD', 137),
    says: () => [...UP, 'Normal Killing: Stopping container main', ...UP],
    ofPod: /^Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created\.$/m,
  },
  {
    name: 'is over its deadline',
    script: STUBBORN,
    spec: { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1 },
    afterMs: 5000,
    says: () => [...UP, 'Normal Killing: Stopping container main'],
    ofPod: /^Normal DeadlineExceeded: Pod was active on the node longer than the specified deadline$/m,
  },
  {
    name: 'gets another image',
    next: (machine, pod) => {
      const containers = pod.spec.containers.map((spec) => ({ ...spec, image: 'other:1' }));
      return machine.manager.apply({ ...pod, spec: { ...pod.spec, containers } });
    },
    says: () => [
      ...UP,
      'Normal Killing: Container main definition changed, will be restarted',
      'Normal Pulled: Container image "other:1" already present on machine',
      CREATED,
      STARTED,
    ],
  },
];

describe('the events of a pod that', () => {
  let machine: FakeMachine;
  const { apply } = onFakeMachine((fresh) => {
    machine = fresh;
  });

  for (const { name, script = SERVE, container = {}, spec, before, next, afterMs, says, ofPod } of STORIES) {
    it(name, async () => {
      const pod = scriptPod({ main: script }, { ...spec, containers: [{ name: 'main', ...container }] });
      before?.(machine);
      await apply(pod);
      await next?.(machine, pod);
      await machine.settle(afterMs ?? 1000);
      const told = (path: string | undefined) =>
        machine.events
          .filter(({ fieldPath }) => fieldPath === path)
          .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
      assert.deepEqual(told(MAIN), says(pod));
      if (ofPod) assert.match(told(undefined).join('\n'), ofPod);
    });
  }
});
