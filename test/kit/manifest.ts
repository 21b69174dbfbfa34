// Pods for tests: small manifests on the busybox image, tolerating the virtual node's taint.

export interface PodManifest {
  readonly name: string;
  /** Container name to shell command; or a list of container fragments. */
  readonly containers: Readonly<Record<string, string>>;
  /** Pin to this agent by node affinity. */
  readonly agent?: string;
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  readonly graceSeconds?: number;
  /** Requests of every container. */
  readonly requests?: Readonly<Record<string, string>>;
  /** Merged over the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Merged over every container. */
  readonly container?: Readonly<Record<string, unknown>>;
}

export const TEST_IMAGE = 'longshore.test/busybox:1';

/** The manifest as JSON, for `kubectl apply -f -`. */
export function podManifest(pod: PodManifest): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.name, namespace: 'default' },
    spec: podSpec(pod),
  });
}

/** For a template: what a Deployment or a Job makes its pods of. */
export function podTemplate(pod: Omit<PodManifest, 'name'>, labels: Readonly<Record<string, string>>) {
  return { metadata: { labels }, spec: podSpec(pod) };
}

function podSpec(pod: Omit<PodManifest, 'name'>) {
  const affinity = pod.agent && {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: `agent.longshore.dev/${pod.agent}`, operator: 'Exists' }] },
        ],
      },
    },
  };
  return {
    tolerations: [{ key: 'virtual-kubelet.io/provider', operator: 'Exists' }],
    restartPolicy: pod.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: pod.graceSeconds ?? 1,
    ...(affinity && { affinity }),
    containers: Object.entries(pod.containers).map(([name, script]) => ({
      name,
      image: TEST_IMAGE,
      command: ['sh', '-c', script],
      ...(pod.requests && { resources: { requests: pod.requests } }),
      ...pod.container,
    })),
    ...pod.spec,
  };
}
