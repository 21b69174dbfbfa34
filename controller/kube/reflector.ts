// A local copy of one collection, kept by list and watch. Changes are told in order, by UID: an object replaced under
// the same name vanishes before the new one comes. A list counts only when it is complete; a failed one changes nothing.
// After a gap in the watch (410 Gone) a new list is compared with the copy, and what vanished meanwhile is told as
// vanished. Every other end of the watch resumes from the last version seen.
import { type Backoff, backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { ObjectObserver } from '../reconcile/object-observer.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { listAll, PAGE_SIZE } from './list-all.ts';
import { type KubeObject, watch } from './watch.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  /** The collection, such as `/api/v1/pods`. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** What is not to be remembered at all; absent: everything is. Of one object it always says the same. */
  readonly keeps?: (object: T) => boolean;
  /** Told after the copy has changed. */
  readonly observer?: Partial<ObjectObserver<T>>;
  /** Says what a failure means for this collection; shown in the log and as `trouble`. */
  readonly explain?: (error: Error) => Error;
  /** Told of each failure. */
  readonly failed?: (error: Error) => void;
}

export interface Reflector<T extends KubeObject> {
  /** Works until the signal aborts; rejects only for a defect of ours. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves after the first complete list; never rejects. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  list(): T[];
  get(uid: string): T | undefined;
  /** The namespace is left out for objects that have none. */
  byName(name: string, namespace?: string): T | undefined;
  /** What keeps it from following now; undefined while all is well. */
  readonly trouble: Error | undefined;
}

/** Servers send a bookmark about once a minute; two missed ones mean a dead connection. */
const IDLE_TIMEOUT_MS = 150_000;
const WATCH_SECONDS = { least: 300, spread: 300 } as const;
const USEFUL_WATCH_MS = 1000;

export function createReflector<T extends KubeObject>(
  options: ReflectorOptions<T>,
  { clock, log, random = Math.random }: { clock: Clock; log: Log; random?: () => number },
): Reflector<T> {
  const { client, path, fieldSelector, labelSelector } = options;
  const query = { fieldSelector, labelSelector };
  const copy = createCopy<T>(options.observer ?? {}, options.keeps);
  const firstSync = Promise.withResolvers<void>();
  let isSynced = false;
  let trouble: Error | undefined;
  /** Where the watch goes on; undefined when only a list can tell. */
  let version: string | undefined;
  let pageSize: number | undefined = PAGE_SIZE;

  const list = async (signal: AbortSignal): Promise<void> => {
    const result = await listAll<T>(client, { path, query, pageSize, signal });
    settle();
    copy.replace(result.items);
    version = result.resourceVersion;
    pageSize = PAGE_SIZE;
    if (isSynced) return;
    isSynced = true;
    firstSync.resolve();
    options.observer?.synced?.();
  };

  const follow = async (resourceVersion: string, attempt: Attempt, signal: AbortSignal): Promise<void> => {
    const events = watch(client, {
      path,
      query,
      resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS.least + WATCH_SECONDS.spread * random()),
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      signal,
      onOpen: settle,
    });
    for await (const event of events) {
      attempt.told = true;
      if (event.type === 'DELETED') copy.remove(event.object.metadata.uid);
      else if (event.type !== 'BOOKMARK') copy.put(event.object as T);
      version = event.resourceVersion;
    }
  };

  const settle = () => {
    if (trouble) log.info({ path }, 'following the API server again');
    trouble = undefined;
  };

  const fail = (error: unknown) => {
    if (!(error instanceof Error) || !(error instanceof ApiError || 'code' in error)) throw error;
    const explained = options.explain?.(error) ?? error;
    if (!trouble) {
      log.warn({ path, error: describeError(explained) }, 'cannot follow the API server; trying again');
    }
    trouble = explained;
    options.failed?.(explained);
    if (isStatus(error, 410)) {
      // A list whose pages expired under way is asked for in one piece.
      if (version === undefined) pageSize = undefined;
      version = undefined;
    } else {
      // One piece was too large, or too slow: in pages again.
      pageSize = PAGE_SIZE;
      if (isBeyondResuming(error)) version = undefined;
    }
  };

  return {
    synced: firstSync.promise,
    get isSynced() {
      return isSynced;
    },
    get trouble() {
      return trouble;
    },
    list: copy.list,
    get: copy.get,
    byName: copy.byName,
    async run(signal) {
      const fresh = backoff({ initialMs: 100, maxMs: 30_000, jitter: 0.3, random });
      let pause: Backoff = fresh;
      while (!signal.aborted) {
        const attempt: Attempt = { startedMs: clock.monotonicMs(), told: false };
        let retryAfterMs = 0;
        try {
          if (version === undefined) await list(signal);
          attempt.startedMs = clock.monotonicMs();
          if (version !== undefined) await follow(version, attempt, signal);
        } catch (error) {
          if (signal.aborted) return;
          if (isIdleTimeout(error)) continue;
          fail(error);
          retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
        }
        // A watch that ends soon and has told nothing counts as failed even when it ends well, so that none spins.
        const wasUseful = attempt.told || clock.monotonicMs() - attempt.startedMs >= USEFUL_WATCH_MS;
        if (wasUseful) pause = fresh;
        if (wasUseful && !trouble) continue;
        await clock.sleep(Math.max(pause.delayMs, retryAfterMs), signal).catch(() => undefined);
        pause = pause.next();
      }
    },
  };
}

interface Attempt {
  startedMs: number;
  told: boolean;
}

/** The server sent something we cannot read, or no longer knows the collection: only a list can tell what is true. */
function isBeyondResuming(error: Error): boolean {
  if (!(error instanceof ApiError)) return true;
  const answered = error.statusCode !== undefined;
  return answered ? error.statusCode < 500 && error.statusCode !== 429 : error.reason === '';
}

/** Nothing came for longer than bookmarks take: the connection is dead, or a quiet server sends none. Resume at once. */
function isIdleTimeout(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'UND_ERR_BODY_TIMEOUT';
}

/** The objects by UID, with an index by name; tells each difference once. */
function createCopy<T extends KubeObject>(
  observer: Partial<ObjectObserver<T>>,
  keeps: (object: T) => boolean = () => true,
) {
  const byUid = new Map<string, T>();
  const uidByKey = new Map<string, string>();

  const remove = (uid: string) => {
    const held = byUid.get(uid);
    if (!held) return;
    byUid.delete(uid);
    const key = keyOf(held);
    if (uidByKey.get(key) === uid) uidByKey.delete(key);
    observer.vanished?.(uid);
  };
  const put = (object: T) => {
    if (!keeps(object)) return;
    const { uid, resourceVersion } = object.metadata;
    const key = keyOf(object);
    const namesake = uidByKey.get(key);
    if (namesake !== undefined && namesake !== uid) remove(namesake);
    const held = byUid.get(uid);
    byUid.set(uid, object);
    uidByKey.set(key, uid);
    if (held?.metadata.resourceVersion !== resourceVersion) observer.changed?.(object);
  };
  return {
    put,
    remove,
    replace(objects: readonly T[]) {
      const present = new Set(objects.map((object) => object.metadata.uid));
      for (const uid of [...byUid.keys()]) if (!present.has(uid)) remove(uid);
      for (const object of objects) put(object);
    },
    list: () => [...byUid.values()],
    get: (uid: string) => byUid.get(uid),
    byName: (name: string, namespace?: string) => byUid.get(uidByKey.get(`${namespace ?? ''}/${name}`) ?? ''),
  };
}

function keyOf({ metadata: { name, namespace } }: KubeObject): string {
  return `${namespace ?? ''}/${name}`;
}
