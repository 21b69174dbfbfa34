// All objects, in memory, under one growing revision. Every write is synchronous, hence atomic; stored objects are never
// changed in place. The revision starts at the wall clock, so versions from a former life of the process are older
// than anything here and a watch from them is told "expired".
import { clone } from './json.ts';
import { type KubeObject, toKubeObject } from './kube-object.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface StoreEvent {
  readonly type: EventType;
  readonly revision: number;
  /** For DELETED the last state, with the deletion's revision. */
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

/** `plural.group`; versions of one kind share it. */
export type Bucket = string;

export type StoreListener = (event: StoreEvent) => void;

/** A stored kind is the same in all of its versions. */
export function bucketOf(resource: { readonly group: string; readonly plural: string }): Bucket {
  // Events are one kind with two faces.
  if (resource.plural === 'events' && resource.group === 'events.k8s.io') return 'events.';
  return `${resource.plural}.${resource.group}`;
}

export class Storage {
  #revision: number;
  readonly #startRevision: number;
  readonly #historyLimit: number;
  readonly #buckets = new Map<Bucket, BucketState>();

  constructor(options: { readonly startRevision: number; readonly historyLimit: number }) {
    this.#revision = options.startRevision;
    this.#startRevision = options.startRevision;
    this.#historyLimit = options.historyLimit;
  }

  get revision(): number {
    return this.#revision;
  }

  get(bucket: Bucket, key: string): KubeObject | undefined {
    return this.#buckets.get(bucket)?.objects.get(key);
  }

  /** In key order, as etcd has them. */
  list(bucket: Bucket, namespace?: string): KubeObject[] {
    const objects = this.#buckets.get(bucket)?.objects;
    if (!objects) return [];
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    return [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** As `list`, at the moment of `revision`; undefined when that is no longer known. */
  listAt(bucket: Bucket, revision: number, namespace?: string): KubeObject[] | undefined {
    const undone = this.since(bucket, revision)?.toReversed();
    if (undone === undefined) return undefined;
    const objects = new Map(this.list(bucket).map((object) => [keyOf(object), object]));
    for (const { object, previous } of undone) {
      if (previous) objects.set(keyOf(previous), previous);
      else objects.delete(keyOf(object));
    }
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    return [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  get buckets(): readonly Bucket[] {
    return [...this.#buckets.keys()];
  }

  /** Stores a copy with a new resourceVersion and tells the watchers. */
  put(bucket: Bucket, object: KubeObject): KubeObject {
    const key = keyOf(object);
    const state = this.#state(bucket);
    const previous = state.objects.get(key);
    const stored = this.#stamp(object);
    state.objects.set(key, stored);
    this.#record(state, {
      type: previous ? 'MODIFIED' : 'ADDED',
      revision: this.#revision,
      object: stored,
      ...(previous ? { previous } : {}),
    });
    return stored;
  }

  remove(bucket: Bucket, key: string): KubeObject | undefined {
    const state = this.#state(bucket);
    const previous = state.objects.get(key);
    if (!previous) return undefined;
    state.objects.delete(key);
    const object = this.#stamp(previous);
    this.#record(state, { type: 'DELETED', revision: this.#revision, object, previous });
    return object;
  }

  /** What happened after `revision`; undefined when that is no longer known. */
  since(bucket: Bucket, revision: number): readonly StoreEvent[] | undefined {
    const state = this.#state(bucket);
    if (revision < state.forgottenUpTo) return undefined;
    return state.history.filter((event) => event.revision > revision);
  }

  /** Listeners are called in the order of revisions, within the write. */
  subscribe(bucket: Bucket, listener: StoreListener): Disposable {
    const { listeners } = this.#state(bucket);
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  }

  #stamp(object: KubeObject): KubeObject {
    this.#revision++;
    const copy = clone(object);
    copy.metadata.resourceVersion = String(this.#revision);
    return toKubeObject(copy);
  }

  #record(state: BucketState, event: StoreEvent): void {
    state.history.push(event);
    if (state.history.length > this.#historyLimit) {
      for (const dropped of state.history.splice(0, Math.ceil(this.#historyLimit / 4))) {
        state.forgottenUpTo = dropped.revision;
      }
    }
    for (const listener of [...state.listeners]) listener(event);
  }

  #state(bucket: Bucket): BucketState {
    let state = this.#buckets.get(bucket);
    if (!state) {
      state = { objects: new Map(), history: [], forgottenUpTo: this.#startRevision, listeners: new Set() };
      this.#buckets.set(bucket, state);
    }
    return state;
  }
}

interface BucketState {
  readonly objects: Map<string, KubeObject>;
  readonly history: StoreEvent[];
  forgottenUpTo: number;
  readonly listeners: Set<StoreListener>;
}

export function keyOf(object: KubeObject): string {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
