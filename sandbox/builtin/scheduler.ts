// The scheduler of the built-in control plane: binds pending pods of `default-scheduler` to nodes. Level-triggered: any
// change of a node or a pod makes it look at every waiting pod again. What it tells the API server runs beside that, so
// one pod's trouble never holds up another. A pod it has decided on counts as placed until the API server says otherwise.
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { numberAt, objectAt, stringAt } from './json.ts';
import type { JsonObject } from './resource.ts';
import { ObjectCache, type WatchEvent } from './scheduler/object-cache.ts';
import { eventFor, namespaceOf, type PodEvent, unschedulablePatch } from './scheduler/pod-reports.ts';
import { isPending, schedule } from './scheduler/schedule.ts';

export interface PodReference {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What the scheduler needs of the API server, across all namespaces. Every method may be called again after it failed. */
export interface SchedulerApi {
  list(
    resource: 'nodes' | 'pods',
  ): Promise<{ readonly items: readonly JsonObject[]; readonly resourceVersion: string }>;
  /** Ends or throws when the server ends it (an ERROR event will do, too); ends when the signal aborts. */
  watch(resource: 'nodes' | 'pods', resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** POST of a Binding; the API server then sets the pod's node and its PodScheduled condition. */
  bind(pod: PodReference, node: string): Promise<void>;
  /** Strategic merge patch of `pods/status`; carries the uid, so that it cannot hit a namesake. */
  patchPodStatus(pod: PodReference, patch: JsonObject): Promise<void>;
  /** Creates a core/v1 Event. */
  recordEvent(event: JsonObject): Promise<void>;
}

export interface SchedulerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Runs until the signal aborts; then finishes what it is saying to the API server, and returns. */
export async function runScheduler(api: SchedulerApi, options: SchedulerOptions): Promise<void> {
  const scheduler = new Scheduler(api, options);
  await scheduler.run(options.signal);
}

/** How long a pod whose binding or report failed is left alone. */
const REST_MS = 1_000;

class Scheduler {
  readonly #api: SchedulerApi;
  readonly #options: SchedulerOptions;
  readonly #nodes: ObjectCache;
  readonly #pods: ObjectCache;
  /** By pod UID: the node decided on, until the pod itself shows it. */
  readonly #placed = new Map<string, string>();
  /** By pod UID: the last reason told. */
  readonly #told = new Map<string, string>();
  /** UIDs of pods with a call under way or at rest after a failed one. */
  readonly #busy = new Set<string>();
  readonly #calls = new Set<Promise<void>>();
  #lookAgain = Promise.withResolvers<void>();
  #eventCount = 0;

  constructor(api: SchedulerApi, options: SchedulerOptions) {
    this.#api = api;
    this.#options = options;
    const cache = (resource: 'nodes' | 'pods') =>
      new ObjectCache(
        {
          list: () => api.list(resource),
          watch: (resourceVersion, signal) => api.watch(resource, resourceVersion, signal),
        },
        { clock: options.clock, log: options.log.child({ resource }), onChange: () => this.#wake() },
      );
    this.#nodes = cache('nodes');
    this.#pods = cache('pods');
  }

  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const ended = AbortSignal.any([signal, failed.signal]);
    ended.addEventListener('abort', () => this.#wake(), { once: true });
    const parts = [this.#nodes.run(ended), this.#pods.run(ended), this.#loop(ended)];
    try {
      await Promise.all(parts);
    } finally {
      failed.abort();
      await Promise.allSettled([...parts, ...this.#calls]);
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#lookAgain.promise;
      this.#lookAgain = Promise.withResolvers();
      if (!signal.aborted && this.#nodes.isSynced && this.#pods.isSynced) this.#lookAtAll();
    }
  }

  #wake(): void {
    this.#lookAgain.resolve();
  }

  #lookAtAll(): void {
    const pods = this.#pods.all();
    this.#forget(pods);
    const waiting = pods.filter((pod) => isPending(pod) && !this.#placed.has(uidOf(pod)));
    for (const pod of waiting.sort(byTurn)) this.#lookAt(pod, pods);
  }

  #lookAt(pod: JsonObject, pods: readonly JsonObject[]): void {
    if (this.#busy.has(uidOf(pod))) return;
    const decision = schedule(
      pod,
      this.#nodes.all(),
      pods.map((other) => this.#asPlaced(other)),
    );
    if ('node' in decision) {
      this.#placed.set(uidOf(pod), decision.node);
      this.#call(pod, () => this.#bind(pod, decision.node));
    } else if (this.#told.get(uidOf(pod)) !== decision.reasons) {
      this.#call(pod, () => this.#reportUnschedulable(pod, decision.reasons));
    }
  }

  /** Drops what is remembered of pods that are gone, and placements that the pods themselves show by now. */
  #forget(pods: readonly JsonObject[]): void {
    const waiting = new Set(pods.filter((pod) => !stringAt(pod, 'spec', 'nodeName')).map(uidOf));
    for (const uid of this.#placed.keys()) if (!waiting.has(uid)) this.#placed.delete(uid);
    for (const uid of this.#told.keys()) if (!waiting.has(uid)) this.#told.delete(uid);
  }

  #asPlaced(pod: JsonObject): JsonObject {
    const node = this.#placed.get(uidOf(pod));
    return node === undefined ? pod : { ...pod, spec: { ...objectAt(pod, 'spec'), nodeName: node } };
  }

  async #bind(pod: JsonObject, node: string): Promise<void> {
    try {
      await this.#api.bind(referenceTo(pod), node);
    } catch (error) {
      this.#placed.delete(uidOf(pod));
      throw error;
    }
    const name = `${namespaceOf(pod)}/${stringAt(pod, 'metadata', 'name') ?? ''}`;
    this.#options.log.info({ pod: name, node }, 'pod bound');
    const message = `Successfully assigned ${name} to ${node}`;
    await this.#record(pod, { type: 'Normal', reason: 'Scheduled', message });
  }

  async #reportUnschedulable(pod: JsonObject, message: string): Promise<void> {
    const patch = unschedulablePatch(pod, message, this.#options.clock.now());
    if (patch) await this.#api.patchPodStatus(referenceTo(pod), patch);
    this.#told.set(uidOf(pod), message);
    await this.#record(pod, { type: 'Warning', reason: 'FailedScheduling', message });
  }

  async #record(pod: JsonObject, event: PodEvent): Promise<void> {
    const now = this.#options.clock.now();
    const suffix = (BigInt(now) * 1_000_000n + BigInt(this.#eventCount++)).toString(16);
    await this.#api.recordEvent(eventFor(pod, event, { now, suffix }));
  }

  /** Starts a call about the pod and owns it; another may follow when it is done, or a rest later when it failed. */
  #call(pod: JsonObject, call: () => Promise<void>): void {
    const uid = uidOf(pod);
    this.#busy.add(uid);
    const done = this.#settled(pod, call).finally(() => {
      this.#busy.delete(uid);
      this.#calls.delete(done);
      this.#wake();
    });
    this.#calls.add(done);
  }

  async #settled(pod: JsonObject, call: () => Promise<void>): Promise<void> {
    const { clock, log, signal } = this.#options;
    try {
      await call();
    } catch (error) {
      log.warn(
        { ...referenceTo(pod), reason: describeError(error) },
        'a call about a pod failed; trying again',
      );
      await clock.sleep(REST_MS, signal).catch(() => {});
    }
  }
}

/** Higher priority first, then the older, then by name. */
function byTurn(a: JsonObject, b: JsonObject): number {
  const priority = (numberAt(b, 'spec', 'priority') ?? 0) - (numberAt(a, 'spec', 'priority') ?? 0);
  if (priority !== 0) return priority;
  const key = (pod: JsonObject) =>
    `${stringAt(pod, 'metadata', 'creationTimestamp') ?? ''} ${namespaceOf(pod)}/${stringAt(pod, 'metadata', 'name') ?? ''}`;
  return key(a) < key(b) ? -1 : 1;
}

function referenceTo(pod: JsonObject): PodReference {
  return {
    namespace: namespaceOf(pod),
    name: stringAt(pod, 'metadata', 'name') ?? '',
    uid: uidOf(pod),
  };
}

function uidOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'uid') ?? '';
}
