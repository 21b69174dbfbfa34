// What this machine holds of the API's objects: in memory for its pods, and in the store for a start without the
// controller. Everything is on the disk before anybody is told of it.
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../../common/log.ts';
import type { Pod } from '../../common/pod.ts';
import type { ObjectHost, ObjectNews } from '../link/object-host.ts';
import { decodeContent, type HeldObject } from '../pod/held-object.ts';
import { type PodObjects, podObjects } from '../pod/pod-objects.ts';

/** The agent's state folder, as far as objects go. */
export interface ObjectRecords {
  load(): Promise<{ readonly objects: readonly ObjectRecord[]; readonly unreadable: number }>;
  /** Durable when it resolves. */
  save(object: ObjectRecord): Promise<void>;
  /** Durable when it resolves; does nothing when there is none. */
  remove(key: string): Promise<void>;
}

export interface ObjectRecord {
  readonly key: string;
  /** Undefined: the API server has none. */
  readonly found?: { readonly revision: string; readonly json: string };
}

export interface ObjectKeeper extends ObjectHost {
  /** As it is whenever it is asked. */
  of(pod: Pod): PodObjects;
  /** `changed` hears the key of whatever is held differently. */
  subscribe(changed: (key: string) => void): void;
}

/** More than the pods of any machine refer to; beyond it somebody is mistaken. */
const MAX_OBJECTS = 20_000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;

interface Entry {
  readonly object: HeldObject;
  readonly bytes: number;
}

/** Takes up what the store holds. */
export async function openObjectKeeper(
  store: ObjectRecords,
  { log }: { readonly log: Log },
): Promise<ObjectKeeper> {
  const entries = new Map<string, Entry>();
  const listeners: ((key: string) => void)[] = [];
  let totalBytes = 0;

  const set = (key: string, entry: Entry | undefined) => {
    const before = entries.get(key);
    totalBytes += (entry?.bytes ?? 0) - (before?.bytes ?? 0);
    if (entry) entries.set(key, entry);
    else entries.delete(key);
    if (!isSameContent(before?.object, entry?.object)) for (const changed of listeners) changed(key);
  };

  const { objects, unreadable } = await store.load();
  for (const { key, found } of objects) {
    const object = found ? decodeFound(key, found) : ABSENT;
    if (object) set(key, { object, bytes: found?.json.length ?? 0 });
  }
  if (unreadable > 0) {
    log.warn(
      { objects: unreadable },
      'kept objects cannot be opened here; the controller will send them anew',
    );
  }

  async function found(key: string, revision: string, json: string): Promise<void> {
    const before = entries.get(key);
    if (before?.object.kind === 'found' && before.object.revision === revision) return;
    const object = decodeFound(key, { revision, json });
    if (!object) {
      log.error({ key }, 'the controller sent an object that this agent cannot read');
      return;
    }
    const isFull = entries.size >= MAX_OBJECTS && !before;
    if (isFull || totalBytes - (before?.bytes ?? 0) + json.length > MAX_TOTAL_BYTES) {
      const reason = `this agent holds as many objects as it may (${entries.size}, ${totalBytes} bytes)`;
      log.error({ key }, reason);
      if (!before) set(key, { object: { kind: 'unknown', reason }, bytes: 0 });
      return;
    }
    await store.save({ key, found: { revision, json } });
    set(key, { object, bytes: json.length });
  }

  async function drop(key: string): Promise<void> {
    if (!entries.has(key)) return;
    await store.remove(key);
    set(key, undefined);
  }

  return {
    async put(key, news: ObjectNews) {
      const before = entries.get(key)?.object;
      switch (news.kind) {
        case 'found':
          return await found(key, news.revision, news.json.toString('utf8'));
        case 'absent':
          if (before?.kind === 'absent') return;
          await store.save({ key });
          return set(key, { object: ABSENT, bytes: 0 });
        case 'kept':
          if (before && before.kind !== 'unknown') return;
          return set(key, { object: unknown(news.reason), bytes: 0 });
        default:
          return news satisfies never;
      }
    },
    drop,
    async retain(keys) {
      for (const key of [...entries.keys()]) if (!keys.has(key)) await drop(key);
    },
    held: () =>
      [...entries].flatMap(([key, { object }]) =>
        object.kind === 'found' ? [{ key, revision: object.revision }] : [],
      ),
    of: (pod) => podObjects(pod, (key) => entries.get(key)?.object),
    subscribe: (changed) => listeners.push(changed),
  };
}

const ABSENT: HeldObject = { kind: 'absent' };

function unknown(reason: string): HeldObject {
  return reason === '' ? { kind: 'unknown' } : { kind: 'unknown', reason };
}

function decodeFound(
  key: string,
  { revision, json }: { readonly revision: string; readonly json: string },
): HeldObject | undefined {
  try {
    const content = decodeContent(key, JSON.parse(json));
    return content && { kind: 'found', content, revision };
  } catch {
    return undefined;
  }
}

/** A revision may change for what no pod sees. */
function isSameContent(a: HeldObject | undefined, b: HeldObject | undefined): boolean {
  if (a?.kind === 'found' && b?.kind === 'found') return isDeepStrictEqual(a.content, b.content);
  return isDeepStrictEqual(a, b);
}
