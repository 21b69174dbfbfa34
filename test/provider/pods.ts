// The pods that a provider is tried with, and what is read of their statuses.
import { randomUUID } from 'node:crypto';
import type { Pod, PodStatus } from '../../common/pod.ts';
import { TEST_IMAGE } from '../kit/manifest.ts';

/** A pod of this runs for as long as it is let. */
export const RUNS_ON = 'exec sleep 1000';

export interface PodWish {
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  /** Merged over the container. */
  readonly container?: Partial<Pod['spec']['containers'][number]>;
  /** Merged over the spec. */
  readonly spec?: Partial<Pod['spec']>;
}

export function aPod(script: string, { restartPolicy = 'Always', container, spec }: PodWish = {}): Pod {
  const uid = randomUUID();
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `pod-${uid.slice(0, 8)}`,
      namespace: 'default',
      uid,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      nodeName: 'longshore',
      restartPolicy,
      terminationGracePeriodSeconds: 1,
      enableServiceLinks: false,
      dnsPolicy: 'Default',
      ...spec,
      containers: [
        {
          name: 'main',
          image: TEST_IMAGE,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          ...container,
        },
      ],
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  };
}

export function deleted(pod: Pod, graceSeconds: number): Pod {
  const { metadata } = pod;
  return {
    ...pod,
    metadata: {
      ...metadata,
      deletionTimestamp: new Date(Date.now() + graceSeconds * 1000).toISOString(),
      deletionGracePeriodSeconds: graceSeconds,
    },
  };
}

export function isReady({ phase, conditions }: PodStatus): boolean {
  const ready = conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return phase === 'Running' && ready === true;
}

export function exitCodeOf({ containerStatuses }: PodStatus): number | undefined {
  return containerStatuses?.[0]?.state?.terminated?.exitCode;
}

export function restartsOf({ containerStatuses }: PodStatus): number {
  return containerStatuses?.[0]?.restartCount ?? 0;
}

/** What is another when something was started anew. */
export function identityOf({ startTime, containerStatuses }: PodStatus) {
  const containers = containerStatuses?.map(({ containerID, restartCount }) => [containerID, restartCount]);
  return { startTime, containers };
}
