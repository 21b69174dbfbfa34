// Builders of pods and their statuses for tests: the least that is valid, with what the test is about on top.
import type { ContainerStatus, Pod, PodStatus } from '../../common/pod.ts';

export interface PodWish {
  readonly uid?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly metadata?: Partial<Pod['metadata']>;
  readonly spec?: Partial<Pod['spec']>;
  readonly status?: PodStatus;
}

/** A pod with one container, `main`, bound to the node, Pending. */
export function aPod(wish: PodWish = {}): Pod {
  const { uid = 'uid-web', name = 'web', namespace = 'default' } = wish;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...wish.metadata,
    },
    spec: {
      nodeName: 'longshore',
      restartPolicy: 'Always',
      containers: [{ name: 'main', image: 'busybox' }],
      ...wish.spec,
    },
    status: wish.status ?? {
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  };
}

export function aContainerStatus(wish: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    name: 'main',
    image: 'busybox:latest',
    imageID: 'docker://sha256:1',
    containerID: 'docker://c1',
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: '2026-01-01T00:00:05Z' } },
    lastState: {},
    ...wish,
  };
}

/** What an agent reports of `aPod` when it runs and is ready. */
export function runningStatus(wish: PodStatus = {}): PodStatus {
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:05Z' });
  return {
    phase: 'Running',
    startTime: '2026-01-01T00:00:02Z',
    hostIP: '192.0.2.10',
    podIP: '10.1.0.2',
    podIPs: [{ ip: '10.1.0.2' }],
    conditions: ['PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
    containerStatuses: [aContainerStatus()],
    ...wish,
  };
}

/** What an agent reports of `aPod` once it has stopped. */
export function endedStatus(exitCode = 0): PodStatus {
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  const reason = exitCode === 0 ? 'PodCompleted' : 'PodFailed';
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: '2026-01-01T00:00:05Z',
    finishedAt: '2026-01-01T00:01:00Z',
  };
  return runningStatus({
    phase,
    conditions: ['ContainersReady', 'Ready'].map((type) => ({ type, status: 'False', reason })),
    containerStatuses: [aContainerStatus({ ready: false, started: false, state: { terminated } })],
  });
}
