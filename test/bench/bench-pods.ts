// The pods that benchmarks make: one busybox container that sleeps, on whichever agent fits.
import type { Pod } from '../../common/pod.ts';
import { BUSYBOX_IMAGE } from '../kit/busybox-image.ts';
import type { PodApi } from './pod-api.ts';

export const COMMAND = ['sleep', '100000'];

export async function createPods(api: PodApi, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => api.create(podManifest(name))));
}

export async function deletePods(api: PodApi, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => api.delete(name)));
  await api.until(names, (pod) => pod === undefined);
}

export function isRunning(pod: Pod | undefined): boolean {
  return pod?.status?.phase === 'Running';
}

export function podNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

function podManifest(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: BUSYBOX_IMAGE, command: COMMAND }],
    },
  };
}
