// The pods of this agent: one worker each, keyed by UID. Takes the controller's wishes (PodHost), follows Docker's
// events, looks at everything once a minute whatever the events said, and clears away containers that carry this
// agent's UID but belong to no pod it knows: only after the controller's whole wish has been heard, and only on a
// complete list.
import { backoff } from '../../common/backoff.ts';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { isTerminal, type Pod } from '../../common/pod.ts';
import type { PodGone, PodHost, PodReport } from '../link/pod-host.ts';
import { devicesShort, type Rejection, rejectedStatus, rejection } from '../pod/admission.ts';
import { type AssignResult, assignDevices, type DeviceAssignment } from '../pod/devices.ts';
import { seedStatus, withPod, withStopping } from '../pod/pod-intake.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import type { MeasuredPod } from '../stats/reading.ts';
import { surveyDisk } from './disk-survey.ts';
import type { ObjectKeeper } from './object-keeper.ts';
import { momentNow, PodWorker, type PodWorkerDeps } from './pod-worker.ts';
import type { PodRecords } from './record-keeper.ts';
import { guardStorage } from './storage-guard.ts';

export interface PodManagerDeps extends Omit<PodWorkerDeps, 'neighbours'> {
  readonly store: PodRecords;
  readonly objects: Pick<ObjectKeeper, 'of' | 'subscribe'>;
  /** Somebody looks at what pods use; default: nobody. */
  readonly isWatched?: () => boolean;
  /** Told when the engine begins or ceases to answer. */
  readonly engineChanged?: (ready: boolean) => void;
}

export interface PodManager extends PodHost, AsyncDisposable {
  /** Resolves when the pods of the state folder have been taken up; they are then looked after until disposal. */
  start(): Promise<void>;
  /** Docker answers. */
  readonly engineReady: boolean;
  /** Undefined when this agent has no such pod. */
  find(uid: string): Pick<PodRecord, 'pod' | 'status'> | undefined;
  /** Every pod that is held, with what there is to measure of it. */
  measured(): MeasuredPod[];
}

export function createPodManager(deps: PodManagerDeps): PodManager {
  return new Manager(deps);
}

const RESYNC_MS = 60_000;
const RECONNECT = { initialMs: 500, maxMs: 10_000, jitter: 0.2 };
const REMOVED_GRACE_SECONDS = 1;
/** Far more than any machine is offered for; beyond it somebody is mistaken. */
const MAX_PODS = 2000;

class Manager implements PodManager {
  readonly #deps: PodManagerDeps;
  readonly #workerDeps: PodWorkerDeps;
  readonly #workers = new Map<string, PodWorker>();
  readonly #leaving = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  /** By UID: what is being cleared away, so that whoever waits for the end of it waits for all of it. */
  readonly #clearing = new Map<string, Promise<void>>();
  readonly #unknown = new Set<string>();
  /** The controller has said all it wishes: what belongs to no known pod may go. */
  #wishKnown = false;
  #ready = false;
  #started = false;

  constructor(deps: PodManagerDeps) {
    const { uplink } = deps;
    this.#deps = deps;
    this.#workerDeps = {
      ...deps,
      neighbours: (uid) => this.#recordsBeside(uid),
      uplink: {
        ...uplink,
        report: (report) => {
          uplink.report(report);
          this.#roomMayHaveCome();
        },
        gone: (gone) => {
          uplink.gone(gone);
          this.#roomMayHaveCome();
        },
      },
    };
  }

  get engineReady(): boolean {
    return this.#ready;
  }

  async start(): Promise<void> {
    if (this.#started) throw new LongshoreError('internal', 'the pod manager was started twice');
    this.#started = true;
    const { store, objects, log } = this.#deps;
    objects.subscribe((key) => {
      for (const worker of this.#workers.values()) worker.objectChanged(key);
    });
    const { records, damaged } = await store.load();
    for (const { uid, reason } of damaged) {
      log.error({ uid, reason }, 'a pod record cannot be read; its pod waits for the controller');
    }
    for (const record of records) {
      const worker = new PodWorker(this.#workerDeps, record, true);
      this.#workers.set(record.uid, worker);
      worker.start();
    }
    log.info({ pods: records.length }, 'pods taken up');
    const oldestMs = records.map(({ accepted }) => accepted.wallMs);
    this.#own(this.#follow(Math.min(this.#deps.clock.now(), ...oldestMs)));
    this.#own(this.#resync());
    const { engine, volumes: machineVolumes, clock } = this.#deps;
    const guardDeps = { engine, machineVolumes, clock, log };
    this.#own(guardStorage(() => this.#workers.values(), guardDeps, this.#leaving.signal));
    const { isWatched = () => false } = this.#deps;
    const surveyDeps = { ...guardDeps, isWatched };
    this.#own(surveyDisk(() => this.#workers.values(), surveyDeps, this.#leaving.signal));
  }

  async apply(pod: Pod): Promise<void> {
    const { uid } = pod.metadata;
    const now = momentNow(this.#deps);
    const known = this.#workers.get(uid);
    if (known) {
      await known.update((record) => withPod(record, pod, now));
      known.repeatGone();
      return;
    }
    if (this.#workers.size >= MAX_PODS) {
      throw new LongshoreError('exhausted', `this agent holds ${MAX_PODS} pods already`);
    }
    const seed = seedStatus(pod);
    const assigned = assignDevices(pod, this.#deps.machine().devices, this.#heldDevices());
    const rejected = seed ? undefined : this.#rejection(pod, assigned);
    const status = rejected ? rejectedStatus(pod, rejected, now.wallMs) : seed;
    const devices = assigned.kind === 'ok' && !rejected ? { devices: assigned.devices } : {};
    const untold = rejected && { untold: [{ type: 'Warning' as const, ...rejected, timeMs: now.wallMs }] };
    const record = withPod({ uid, pod, status, accepted: now, ...devices, ...untold }, pod, now);
    const worker = new PodWorker(this.#workerDeps, record, false);
    this.#workers.set(uid, worker);
    try {
      await worker.settled();
    } catch (error) {
      this.#workers.delete(uid);
      throw error;
    }
    if (this.#leaving.signal.aborted) return;
    if (rejected) worker.tellStatus();
    worker.start();
  }

  #rejection(pod: Pod, assigned: AssignResult): Rejection | undefined {
    const unable = rejection(pod, this.#deps.machine().enforcement);
    return unable ?? (assigned.kind === 'short' ? devicesShort(assigned) : undefined);
  }

  *#recordsBeside(uid: string): Generator<PodRecord> {
    for (const [other, { record }] of this.#workers) if (other !== uid) yield record;
  }

  /** A pod has changed: others may get what they wait for. */
  #roomMayHaveCome(): void {
    for (const worker of this.#workers.values()) if (worker.awaitsRoom) worker.lookAgain();
  }

  /** By pods that have not ended. */
  #heldDevices(): readonly DeviceAssignment[] {
    const records = [...this.#workers.values()].map(({ record }) => record);
    return records.flatMap(({ devices, status, gone }) =>
      devices && !gone && !isTerminal(status) ? [devices] : [],
    );
  }

  async remove(uid: string, graceSeconds: number): Promise<void> {
    const worker = this.#workers.get(uid);
    if (!worker) {
      if (!this.#unknown.has(uid)) this.#own(this.#clearUnknown(uid));
      return;
    }
    const now = momentNow(this.#deps);
    await worker.update((record) => (record.gone ? record : withStopping(record, graceSeconds, now)));
    worker.repeatGone();
  }

  async retain(uids: ReadonlySet<string>): Promise<void> {
    const unwanted = [...this.#workers].filter(([uid, { record }]) => !uids.has(uid) && !record.gone);
    await Promise.all(unwanted.map(([uid]) => this.remove(uid, REMOVED_GRACE_SECONDS)));
    this.#wishKnown = true;
    this.#own(this.#sweep());
  }

  async acknowledgeGone(uid: string): Promise<void> {
    const worker = this.#workers.get(uid);
    if (!worker?.record.gone) return;
    await worker[Symbol.asyncDispose]();
    await this.#removeFiles(uid);
    await this.#deps.store.remove(uid);
    if (this.#workers.get(uid) === worker) this.#workers.delete(uid);
    this.#own(this.#clear(uid));
  }

  reports(): readonly PodReport[] {
    return [...this.#workers.values()].flatMap((worker) => worker.report() ?? []);
  }

  gone(): readonly PodGone[] {
    return [...this.#workers.values()].flatMap(({ record: { uid, gone } }) =>
      gone ? [{ uid, status: gone.status }] : [],
    );
  }

  find(uid: string): Pick<PodRecord, 'pod' | 'status'> | undefined {
    return this.#workers.get(uid)?.record;
  }

  measured(): MeasuredPod[] {
    return [...this.#workers.values()].map((worker) => worker.measured());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    await Promise.allSettled([...this.#workers.values()].map((worker) => worker[Symbol.asyncDispose]()));
    await Promise.allSettled(this.#tasks);
  }

  /** A task of the manager's own; ends with it. */
  #own(task: Promise<void>): void {
    const done = task
      .catch((error: unknown) => {
        if (!this.#leaving.signal.aborted) {
          this.#deps.log.warn({ error: describeError(error) }, 'looking after the pods failed; will retry');
        }
      })
      .finally(() => this.#tasks.delete(done));
    this.#tasks.add(done);
  }

  /**
   * Docker's events, for as long as the agent runs; first those that Docker still has of the time before. After each gap
   * everything is looked at.
   */
  async #follow(fromMs: number): Promise<void> {
    const { engine, clock } = this.#deps;
    const { signal } = this.#leaving;
    let sinceMs = fromMs;
    let retry = backoff(RECONNECT);
    while (!signal.aborted) {
      let heldSinceMs: number | undefined;
      try {
        await engine.list();
        this.#setReady(true);
        this.#lookAtAll();
        heldSinceMs = clock.monotonicMs();
        for await (const { podUid, containerId, timeMs, outOfMemory } of engine.events(sinceMs, signal)) {
          sinceMs = timeMs;
          const worker = this.#workers.get(podUid);
          if (worker && outOfMemory) this.#own(worker.outOfMemory(containerId));
          else worker?.lookAgain(containerId);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#setReady(false, error);
      }
      const held = heldSinceMs !== undefined && clock.monotonicMs() - heldSinceMs >= RECONNECT.maxMs;
      if (held) retry = backoff(RECONNECT);
      await clock.sleep(retry.delayMs, signal).catch(() => {});
      retry = retry.next();
    }
  }

  async #resync(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      await this.#deps.clock.sleep(RESYNC_MS, signal).catch(() => {});
      if (signal.aborted) return;
      this.#lookAtAll();
      this.#own(this.#sweep());
    }
  }

  #lookAtAll(): void {
    for (const worker of this.#workers.values()) worker.lookAgain();
  }

  #setReady(ready: boolean, error?: unknown): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    if (ready) this.#deps.log.info('Docker answers');
    else
      this.#deps.log.warn(
        { error: describeError(error) },
        'Docker does not answer; pods keep their last status',
      );
    this.#deps.engineChanged?.(ready);
  }

  /** Containers and volumes of ours that belong to no pod we know. */
  async #sweep(): Promise<void> {
    if (!this.#wishKnown) return;
    const { engine, volumes } = this.#deps;
    const found = [...(await engine.list()).map(({ podUid }) => podUid), ...(await volumes.held())];
    const strays = new Set(found.filter((uid) => !this.#workers.has(uid)));
    await Promise.all([...strays].map((uid) => this.#clear(uid)));
    await volumes.sweep();
  }

  /** Resolves when a complete list shows nothing of a pod that has no record; whatever there was is stopped and removed. */
  #clear(uid: string): Promise<void> {
    const clearing =
      this.#clearing.get(uid) ?? this.#clearAway(uid).finally(() => this.#clearing.delete(uid));
    this.#clearing.set(uid, clearing);
    return clearing;
  }

  async #clearAway(uid: string): Promise<void> {
    const { engine, log } = this.#deps;
    for (;;) {
      const found = await engine.list(uid);
      if (this.#workers.has(uid)) return;
      if (found.length === 0) {
        await this.#removeFiles(uid);
        return await this.#dropVolumes(uid);
      }
      log.info({ uid, containers: found.length }, 'clearing away containers of a pod that is no more');
      await Promise.all(
        found.map(async ({ id }) => {
          await engine.stop(id, REMOVED_GRACE_SECONDS);
          await engine.remove(id);
        }),
      );
    }
  }

  /** What is still in use keeps nobody waiting: the next sweep finds it again. */
  async #dropVolumes(uid: string): Promise<void> {
    const { volumes } = this.#deps;
    try {
      await volumes.tearDown(uid);
      this.#own(volumes.sweep());
    } catch (error) {
      this.#deps.log.warn({ uid, error: describeError(error) }, 'cannot take a pod’s volumes away yet');
    }
  }

  /** What its containers had bound. */
  async #removeFiles(uid: string): Promise<void> {
    await this.#deps.messages.remove(uid);
    await this.#deps.names.remove(uid);
  }

  /** Gone is said only after a complete list has shown nothing, so a failure is tried again. */
  async #clearUnknown(uid: string): Promise<void> {
    const { clock, uplink } = this.#deps;
    const { signal } = this.#leaving;
    this.#unknown.add(uid);
    try {
      for (let retry = backoff(RECONNECT); !signal.aborted; retry = retry.next()) {
        try {
          await this.#clear(uid);
          if (!this.#workers.has(uid)) uplink.gone({ uid, status: undefined });
          return;
        } catch (error) {
          this.#deps.log.warn(
            { uid, error: describeError(error) },
            'cannot clear away a pod yet; will retry',
          );
          await clock.sleep(retry.delayMs, signal).catch(() => {});
        }
      }
    } finally {
      this.#unknown.delete(uid);
    }
  }
}
