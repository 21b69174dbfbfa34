// The API server as far as the pod reconciler sees it: pods in memory with versions, strategic-merge of statuses,
// preconditions, graceful deletion, and a watch told in order. Anything it does not model throws.
import { LongshoreError } from '../../common/errors.ts';
import type { Pod, PodCondition, PodStatus } from '../../common/pod.ts';
import type { StatusPatch } from '../../controller/model/pod-status.ts';
import type { ObjectObserver } from '../../controller/reconcile/object-observer.ts';
import type {
  EvictionResult,
  PodPreconditions,
  PodRef,
  PodWriteResult,
  PodWriter,
} from '../../controller/reconcile/pod-writer.ts';

const REPLACED = new Set([
  'phase',
  'reason',
  'message',
  'startTime',
  'podIP',
  'hostIP',
  'observedGeneration',
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
]);

export interface PodWrite {
  readonly verb: 'status' | 'annotate' | 'evict' | 'delete';
  readonly uid: string;
  readonly body: unknown;
}

export class FakePodApi implements PodWriter {
  readonly #pods = new Map<string, Pod>();
  readonly writes: PodWrite[] = [];
  /** Fails the next writes of these verbs, after or before they took effect. */
  readonly failures: { verb: PodWrite['verb']; applied: boolean }[] = [];
  /** Called before a delete of the reconcilers takes effect. */
  beforeDelete: (uid: string) => void = () => undefined;
  /** Awaited before a status of the reconcilers takes effect. */
  beforeStatus: ((uid: string) => Promise<void>) | undefined;
  #version = 100;
  #watcher: ObjectObserver<Pod> | undefined;
  /** While set, watch events are held back. */
  #held: (() => void)[] | undefined;

  /** Lists, then watches: as a reflector does. */
  watch(observer: ObjectObserver<Pod>): void {
    this.#watcher = observer;
    for (const pod of this.#pods.values()) observer.changed(structuredClone(pod));
    observer.synced();
  }

  unwatch(): void {
    this.#watcher = undefined;
    this.#held = undefined;
  }

  holdWatch(): void {
    this.#held ??= [];
  }

  /** Tells what was held back: so many events, the rest still held, or all of it and what comes from now on. */
  releaseWatch(count?: number): void {
    const held = this.#held ?? [];
    if (count === undefined) this.#held = undefined;
    for (const tell of held.splice(0, count ?? held.length)) tell();
  }

  create(pod: Pod): void {
    if (this.#pods.has(keyOf(pod.metadata))) throw new Error(`pod ${keyOf(pod.metadata)} exists`);
    this.#store(structuredClone(pod));
  }

  get(uid: string): Pod | undefined {
    return [...this.#pods.values()].find(({ metadata }) => metadata.uid === uid);
  }

  get pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  /** Someone else's write. */
  edit(uid: string, change: (pod: Pod) => void): void {
    const pod = this.get(uid);
    if (!pod) throw new Error(`no pod ${uid}`);
    const next = structuredClone(pod);
    change(next);
    this.#store(next);
  }

  /** `kubectl delete`: a terminal pod goes at once, others wait for their kubelet. */
  deleteGracefully(uid: string, graceSeconds = 30): void {
    const pod = this.get(uid);
    if (!pod || pod.metadata.deletionTimestamp) return;
    if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') this.#drop(pod);
    else {
      this.edit(uid, ({ metadata }) => {
        metadata.deletionTimestamp = '2026-01-01T00:01:00Z';
        metadata.deletionGracePeriodSeconds = graceSeconds;
      });
    }
  }

  /** `kubectl delete --force --grace-period=0`. */
  forceDelete(uid: string): void {
    const pod = this.get(uid);
    if (pod) this.#drop(pod);
  }

  async patchStatus(
    ref: PodRef,
    patch: StatusPatch,
    preconditions: PodPreconditions,
  ): Promise<PodWriteResult> {
    await this.beforeStatus?.(preconditions.uid);
    return this.#write({ verb: 'status', ref, preconditions, body: patch }, (pod) => {
      pod.status = applyStatusPatch(pod.status ?? {}, patch);
    });
  }

  async annotate(
    ref: PodRef,
    annotations: Readonly<Record<string, string>>,
    preconditions: PodPreconditions,
  ): Promise<PodWriteResult> {
    return this.#write({ verb: 'annotate', ref, preconditions, body: annotations }, (pod) => {
      pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
    });
  }

  async delete(
    ref: PodRef,
    preconditions: PodPreconditions,
  ): Promise<{ kind: 'deleted' | 'gone' | 'conflict' }> {
    await Promise.resolve();
    const failure = this.#takeFailure('evict');
    if (failure && !failure.applied) throw outage();
    const pod = this.#pods.get(keyOf(ref));
    if (!pod || pod.metadata.uid !== preconditions.uid) return { kind: 'gone' };
    this.writes.push({ verb: 'evict', uid: pod.metadata.uid, body: preconditions });
    this.deleteGracefully(pod.metadata.uid, pod.spec.terminationGracePeriodSeconds);
    if (failure) throw outage();
    return { kind: 'deleted' };
  }

  /** Why evictions of a pod are refused now, by its UID. */
  readonly budgets = new Map<string, string>();

  async evict(
    ref: PodRef,
    { preconditions, gracePeriodSeconds }: Parameters<PodWriter['evict']>[1],
  ): Promise<EvictionResult> {
    await Promise.resolve();
    const failure = this.#takeFailure('evict');
    if (failure && !failure.applied) throw outage();
    const pod = this.#pods.get(keyOf(ref));
    if (!pod || pod.metadata.uid !== preconditions.uid) return { kind: 'gone' };
    const why = this.budgets.get(pod.metadata.uid);
    if (why !== undefined) return { kind: 'refused', why };
    this.writes.push({ verb: 'evict', uid: pod.metadata.uid, body: preconditions });
    this.deleteGracefully(pod.metadata.uid, gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds);
    if (failure) throw outage();
    return { kind: 'evicted' };
  }

  async finalDelete(
    ref: PodRef,
    preconditions: PodPreconditions,
  ): Promise<{ kind: 'deleted' | 'gone' | 'conflict' }> {
    await Promise.resolve();
    const failure = this.#takeFailure('delete');
    if (failure && !failure.applied) throw outage();
    const pod = this.#pods.get(keyOf(ref));
    if (!pod || pod.metadata.uid !== preconditions.uid) return { kind: 'gone' };
    if (isStale(pod, preconditions)) return { kind: 'conflict' };
    this.beforeDelete(pod.metadata.uid);
    this.writes.push({ verb: 'delete', uid: pod.metadata.uid, body: preconditions });
    if (!pod.metadata.finalizers?.length) this.#drop(pod);
    else if (pod.metadata.deletionGracePeriodSeconds !== 0) {
      this.edit(pod.metadata.uid, ({ metadata }) => {
        metadata.deletionGracePeriodSeconds = 0;
      });
    }
    if (failure) throw outage();
    return { kind: 'deleted' };
  }

  async #write(
    write: {
      readonly verb: PodWrite['verb'];
      readonly ref: PodRef;
      readonly preconditions: PodPreconditions;
      readonly body: unknown;
    },
    change: (pod: Pod) => void,
  ): Promise<PodWriteResult> {
    await Promise.resolve();
    const failure = this.#takeFailure(write.verb);
    if (failure && !failure.applied) throw outage();
    const pod = this.#pods.get(keyOf(write.ref));
    if (!pod || pod.metadata.uid !== write.preconditions.uid) return { kind: 'gone' };
    if (isStale(pod, write.preconditions)) return { kind: 'conflict' };
    const next = structuredClone(pod);
    change(next);
    this.writes.push({ verb: write.verb, uid: pod.metadata.uid, body: write.body });
    // Like the real server: a write that changes nothing makes no new version.
    if (JSON.stringify(next) !== JSON.stringify(pod)) this.#store(next);
    if (failure) throw outage();
    return { kind: 'ok', pod: structuredClone(this.#pods.get(keyOf(write.ref)) ?? next) };
  }

  #takeFailure(verb: PodWrite['verb']): { applied: boolean } | undefined {
    const index = this.failures.findIndex((failure) => failure.verb === verb);
    return index < 0 ? undefined : this.failures.splice(index, 1)[0];
  }

  #store(pod: Pod): void {
    this.#version += 1;
    pod.metadata.resourceVersion = String(this.#version);
    this.#pods.set(keyOf(pod.metadata), pod);
    const told = structuredClone(pod);
    this.#tell((watcher) => watcher.changed(told));
  }

  #drop(pod: Pod): void {
    this.#version += 1;
    this.#pods.delete(keyOf(pod.metadata));
    this.#tell((watcher) => watcher.vanished(pod.metadata.uid));
  }

  #tell(tell: (watcher: ObjectObserver<Pod>) => void): void {
    const watcher = this.#watcher;
    if (!watcher) return;
    if (this.#held) this.#held.push(() => tell(watcher));
    else tell(watcher);
  }
}

/** Strategic merge as the API server declares a pod's status: conditions by type, IPs by `ip`, the rest whole. */
export function applyStatusPatch(status: PodStatus, patch: StatusPatch): PodStatus {
  const next: Record<string, unknown> = { ...status };
  // As it travels: what is undefined is not there.
  for (const [field, value] of Object.entries(clean(patch))) {
    if (field === 'conditions') {
      const merged = new Map((status.conditions ?? []).map((condition) => [condition.type, condition]));
      for (const condition of value as PodCondition[]) {
        const fields = Object.entries({ ...merged.get(condition.type), ...condition });
        const kept = fields.filter(([, given]) => given !== null);
        merged.set(condition.type, Object.fromEntries(kept) as unknown as PodCondition);
      }
      next['conditions'] = [...merged.values()];
    } else if (field === 'podIPs' || field === 'hostIPs') {
      const items = value as { ip?: string; $patch?: string }[];
      const replace = items.some(({ $patch }) => $patch === 'replace');
      const given = items.filter(({ ip }) => ip !== undefined);
      const kept = replace
        ? []
        : (status[field] ?? []).filter(({ ip }) => !given.some((item) => item.ip === ip));
      next[field] = [...kept, ...given];
    } else if (REPLACED.has(field)) {
      if (value === null) delete next[field];
      else next[field] = value;
    } else throw new Error(`the fake does not know how ${field} is merged`);
  }
  return next as PodStatus;
}

function clean<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function keyOf({ namespace, name }: PodRef): string {
  return `${namespace}/${name}`;
}

function isStale(pod: Pod, { resourceVersion }: PodPreconditions): boolean {
  return resourceVersion !== undefined && resourceVersion !== pod.metadata.resourceVersion;
}

function outage(): LongshoreError {
  return new LongshoreError('unavailable', 'the API server does not answer');
}
