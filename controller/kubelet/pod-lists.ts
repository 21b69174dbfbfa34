// Pods as the kubelet API lists them, pod by pod, so that ten thousand of them are never one string.
import { containerStatuses, type Pod } from '../../common/pod.ts';

export function* podList(pods: Iterable<unknown>): Generator<string> {
  yield '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[';
  let separator = '';
  for (const pod of pods) {
    yield `${separator}${JSON.stringify(pod)}`;
    separator = ',';
  }
  yield ']}\n';
}

/** Those with containers that run, and of these no more than a container engine knows. */
export function runningPods(pods: readonly Pod[]): object[] {
  return pods.flatMap(({ metadata: { name, namespace, uid }, status }) => {
    const containers = containerStatuses(status)
      .filter(({ state }) => state?.running)
      .map((container) => ({ name: container.name, image: container.image, resources: {} }));
    return containers.length === 0
      ? []
      : [{ metadata: { name, namespace, uid }, spec: { containers }, status: {} }];
  });
}
