// One watch: what happened since a revision, as the selectors let it through. An object that starts to match is ADDED,
// one that stops matching is DELETED, whatever happened to it. No HTTP here: events go to a sink.
import { expired } from './api-error.ts';
import { clone } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { Predicate } from './label-selector.ts';
import type { Bucket, EventType, Storage, StoreEvent } from './storage.ts';

export interface WatchRequest {
  readonly bucket: Bucket;
  readonly namespace?: string | undefined;
  readonly matches: Predicate;
  /** Undefined: begin with everything there is. */
  readonly since: number | undefined;
}

export type WatchSink = (type: EventType, object: KubeObject) => void;

/** Calls the sink at once for what is already known, then from within each write. Throws 410 when too old. */
export function watch(storage: Storage, request: WatchRequest, sink: WatchSink): Disposable {
  const deliver = (event: StoreEvent) => {
    const seen = visible(event, request);
    if (seen) sink(seen.type, seen.object);
  };
  if (request.since === undefined) {
    for (const object of storage.list(request.bucket, request.namespace)) {
      if (request.matches(object)) sink('ADDED', object);
    }
  } else {
    const missed = storage.since(request.bucket, request.since);
    if (!missed) throw expired(`too old resource version: ${request.since} (${storage.revision})`);
    for (const event of missed) deliver(event);
  }
  return storage.subscribe(request.bucket, deliver);
}

/** The event as this watcher sees it; undefined when it concerns it not at all. */
function visible(
  event: StoreEvent,
  { namespace, matches }: Pick<WatchRequest, 'namespace' | 'matches'>,
): { readonly type: EventType; readonly object: KubeObject } | undefined {
  const { object, previous, type } = event;
  if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
  const before = previous !== undefined && matches(previous);
  const after = type !== 'DELETED' && matches(object);
  if (type === 'DELETED') return before ? { type, object } : undefined;
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', object };
  if (!before || !previous) return undefined;
  const left = clone(previous);
  left.metadata.resourceVersion = object.metadata.resourceVersion;
  return { type: 'DELETED', object: left };
}
