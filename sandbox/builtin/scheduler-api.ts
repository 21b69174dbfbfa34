// The scheduler's view of the API server, in process: the same operations that a scheduler has over HTTP.
import { bindPod } from './binding.ts';
import { stringAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Objects } from './objects.ts';
import { applyPatchTo } from './patch.ts';
import type { WatchEvent } from './scheduler/object-cache.ts';
import type { PodReference, SchedulerApi } from './scheduler.ts';
import { type Bucket, bucketOf } from './storage.ts';
import { watch } from './watch-stream.ts';

const STRATEGIC = 'application/strategic-merge-patch+json';

export function schedulerApi(objects: Objects): SchedulerApi {
  const { registry, storage } = objects;
  const pods = registry.builtin('pods');
  const target = ({ namespace, name }: PodReference) => ({ resource: pods, namespace, name });
  return {
    async list(kind) {
      return { items: objects.list(registry.builtin(kind)), resourceVersion: String(storage.revision) };
    },
    watch: (kind, resourceVersion, signal) => {
      const bucket = bucketOf(registry.builtin(kind));
      return eventsOf(objects, { bucket, since: Number(resourceVersion) }, signal);
    },
    async bind(pod, node) {
      bindPod(objects, target(pod), { node, uid: pod.uid });
    },
    async patchPodStatus(pod, patch) {
      const change = (current: KubeObject) =>
        applyPatchTo(current, { contentType: STRATEGIC, body: patch, resource: pods });
      objects.update(target(pod), change, { subresource: 'status' });
    },
    async recordEvent(event) {
      const namespace = stringAt(event, 'metadata', 'namespace') ?? 'default';
      objects.create({ resource: registry.builtin('events'), namespace }, event);
    },
  };
}

/** The subscription is a queue here, because its listener may not wait. */
async function* eventsOf(
  objects: Objects,
  from: { readonly bucket: Bucket; readonly since: number },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const queue: WatchEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const onAbort = () => wake.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  using _subscription = watch(objects.storage, { ...from, matches: () => true }, (type, object) => {
    queue.push({ type, object });
    wake.resolve();
  });
  try {
    while (!signal.aborted) {
      const next = queue.shift();
      if (next) {
        yield next;
        continue;
      }
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
