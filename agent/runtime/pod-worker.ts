// One pod's worker: look, report, plan, do one step, look again. Whatever happens elsewhere only makes it look again.
// It ends when the agent leaves; the pod does not.
import { isDeepStrictEqual } from 'node:util';
import { type Backoff, backoff } from '../../common/backoff.ts';
import type { Clock } from '../../common/clock.ts';
import { describeError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod, podKey } from '../../common/pod.ts';
import { podReferences, type References } from '../../common/pod-references.ts';
import type { PodReport, Uplink } from '../link/pod-host.ts';
import { notesFor, withOutOfMemory } from '../pod/container-notes.ts';
import { viewContainers } from '../pod/container-view.ts';
import { asGranted } from '../pod/granted-resources.ts';
import { isSandboxStarting } from '../pod/launch.ts';
import { elapsedMs, type Moment } from '../pod/moment.ts';
import { isLive, type Observation } from '../pod/observation.ts';
import { plan, type Step } from '../pod/plan.ts';
import type { PodObjects } from '../pod/pod-objects.ts';
import type { PodRecord } from '../pod/pod-record.ts';
import { EVICTED, podStatus } from '../pod/pod-status.ts';
import { type PodVolume, podVolumes } from '../pod/pod-volume.ts';
import { probeTargets } from '../pod/probe-targets.ts';
import { type ResizeState, resizeState } from '../pod/resize.ts';
import { namedRunningContainers } from '../pod/running-container.ts';
import type { Situation } from '../pod/situation.ts';
import { startEvents, untoldStarts, withStartsTold } from '../pod/start-events.ts';
import { type PodEvent, statusEvents } from '../pod/status-events.ts';
import { podProblems } from '../pod/support/pod-problems.ts';
import type { MeasuredPod, VolumeUse, Written } from '../stats/reading.ts';
import { type Engine, EngineError } from './engine.ts';
import type { Images } from './ensure-image.ts';
import type { Execs } from './execs.ts';
import { type OpenContainerLogs, type TerminationMessages, withLastWords } from './last-words.ts';
import { type Change, PodLedger } from './pod-ledger.ts';
import { PodMemory } from './pod-memory.ts';
import type { NameService } from './pod-names.ts';
import type { PodNetwork } from './pod-network.ts';
import { PodObserver } from './pod-observer.ts';
import { PodTasks } from './pod-tasks.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { CreateProber, Prober } from './prober.ts';
import type { PodRecords } from './record-keeper.ts';
import type { SendHook } from './run-hooks.ts';
import { execute, type MachineView, type StepContext } from './step-executor.ts';
import { wantedVolumes } from './volume-steps.ts';

export interface PodWorkerDeps {
  readonly engine: Engine;
  readonly execs: Execs;
  readonly sendHook: SendHook;
  readonly createProber: CreateProber;
  readonly images: Images;
  readonly volumes: PodVolumes;
  readonly store: Pick<PodRecords, 'save'>;
  readonly messages: TerminationMessages;
  readonly objects: { of(pod: Pod): PodObjects };
  readonly names: NameService;
  readonly readSeccompProfile: (path: string) => Promise<string>;
  readonly openContainerLogs: OpenContainerLogs;
  readonly uplink: Uplink;
  /** The records of the machine's other pods. */
  readonly neighbours: (uid: string) => Iterable<PodRecord>;
  readonly agentUid: string;
  readonly network: PodNetwork;
  readonly machine: () => MachineView;
  /** Of the machine's present boot. */
  readonly bootId: string;
  readonly clock: Clock;
  readonly log: Log;
}

export function momentNow({ clock, bootId }: Pick<PodWorkerDeps, 'clock' | 'bootId'>): Moment {
  return { wallMs: clock.now(), bootId, monotonicMs: clock.monotonicMs() };
}

const FOREVER_MS = Number.MAX_SAFE_INTEGER;
/** Most sandboxes have started by then. */
const QUICK_START_MS = 2000;
const RETRY = { initialMs: 500, maxMs: 30_000, jitter: 0.2 };

export class PodWorker {
  readonly #deps: PodWorkerDeps;
  readonly #ledger: PodLedger;
  readonly #observer: PodObserver;
  readonly #memory: PodMemory;
  readonly #log: Log;
  readonly #leaving = new AbortController();
  readonly #tasks: PodTasks;
  readonly #prober: Prober;
  /** By container id: when it was measured last. */
  #written: ReadonlyMap<string, Written> = new Map();
  #volumeUses: readonly VolumeUse[] = [];
  /** When the pod was taken on, on the monotonic clock; negative when that was before this process. */
  readonly #acceptedMs: number;
  #stoppingSinceMs: number | undefined;
  /** Its sandbox. */
  #startingSinceMs: number | undefined;
  #problems: readonly string[];
  #references: References;
  #lookAgain = true;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #goneTold = false;

  /** `stored`: the record comes from the store; otherwise it is put there first. */
  constructor(deps: PodWorkerDeps, record: PodRecord, stored: boolean) {
    const { clock, engine } = deps;
    this.#deps = deps;
    this.#log = deps.log.child({ pod: podKey(record.pod), uid: record.uid });
    this.#ledger = new PodLedger({ ...deps, log: this.#log }, record, stored);
    this.#observer = new PodObserver(engine, clock, record.uid, (container) =>
      withLastWords(container, this.record.pod, deps, this.#leaving.signal),
    );
    this.#memory = new PodMemory(clock);
    this.#tasks = new PodTasks({
      log: this.#log,
      leaving: this.#leaving.signal,
      done: () => this.lookAgain(),
    });
    this.#prober = deps.createProber({
      emit: (event) => this.#ledger.emitAlone(event),
      changed: () => this.lookAgain(),
    });
    this.#acceptedMs = this.#monotonic(record.accepted);
    this.#problems = podProblems(record.pod);
    this.#references = podReferences(record.pod);
    this.#noteStopping(record);
  }

  get record(): PodRecord {
    return this.#ledger.record;
  }

  /** Resolves when everything noted so far is on the disk. */
  settled(): Promise<void> {
    return this.#ledger.settled();
  }

  start(): void {
    if (this.#running) return;
    this.#ledger.tellAgain();
    this.#running = this.#run();
  }

  /** Durable when it resolves; the worker then acts on it, and the events are told. */
  async update(change: Change, events: readonly PodEvent[] = []): Promise<void> {
    const record = await this.#ledger.change(change, events);
    this.#problems = podProblems(record.pod);
    this.#references = podReferences(record.pod);
    this.#noteStopping(record);
    this.lookAgain();
  }

  /** Something may have changed. */
  lookAgain(containerId?: string): void {
    if (containerId !== undefined) this.#observer.forget(containerId);
    this.#lookAgain = true;
    this.#wake?.();
  }

  /** A process of this container was killed for want of memory, which Docker need not say when it ends. */
  async outOfMemory(containerId: string): Promise<void> {
    await this.#ledger.change((record) => withOutOfMemory(record, containerId));
    this.lookAgain(containerId);
  }

  /** This object is not what it was; it may be one of the pod's. */
  objectChanged(key: string): void {
    if (!this.#references.has(key)) return;
    this.#memory.configChanged();
    this.lookAgain();
  }

  /** Says again that the pod is gone, when it is. */
  repeatGone(): void {
    if (this.#goneTold) this.#tellGone();
  }

  /** Says how the pod is, though nothing has changed. */
  tellStatus(): void {
    const report = this.report();
    if (report) this.#deps.uplink.report(report);
  }

  /** It asks for more than there is room for now. */
  get awaitsRoom(): boolean {
    return this.record.status?.conditions?.some(({ type }) => type === 'PodResizePending') ?? false;
  }

  report(): PodReport | undefined {
    const { uid, status, gone } = this.record;
    return status && !gone ? { uid, status } : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    this.#wake?.();
    await this.#running;
    await this.#tasks.settled();
    await this.#prober[Symbol.asyncDispose]();
    await this.#ledger.close();
  }

  async #run(): Promise<void> {
    let failures: Backoff | undefined;
    while (!this.#leaving.signal.aborted) {
      this.#lookAgain = false;
      let sleepMs: number | undefined;
      try {
        sleepMs = await this.#pass();
        failures = undefined;
      } catch (error) {
        failures = failures?.next() ?? backoff(RETRY);
        sleepMs = failures.delayMs;
        this.#logFailure(error);
      }
      await this.#idle(sleepMs, failures !== undefined);
    }
  }

  /** Until something may have changed, or the time is up. After a failure only the time counts. */
  async #idle(sleepMs: number | undefined, failed: boolean): Promise<void> {
    if (this.#leaving.signal.aborted || (this.#lookAgain && !failed) || sleepMs === 0) return;
    const awake = new AbortController();
    const wake = () => awake.abort();
    this.#wake = failed ? undefined : wake;
    this.#leaving.signal.addEventListener('abort', wake, { once: true });
    try {
      await this.#deps.clock.sleep(sleepMs === undefined ? FOREVER_MS : Math.ceil(sleepMs), awake.signal);
    } catch {
      // Woken.
    } finally {
      this.#wake = undefined;
      this.#leaving.signal.removeEventListener('abort', wake);
    }
  }

  /** How long to sleep; 0: not at all; undefined: until something happens. */
  async #pass(): Promise<number | undefined> {
    this.#memory.launches.look();
    const observation = await this.#observer.observe();
    const containers = [...observation.containers, ...observation.sandboxes];
    this.#tasks.retain(new Set(observation.containers.filter(isLive).map(({ id }) => id)));
    this.#memory.retain(this.record.pod, new Set(containers.map(({ id }) => id)));
    // What a probe finds while the status is being written is for the next: no verdict may be acted upon and not told.
    const probes = this.#prober.verdicts;
    const seen = this.#situation(observation, probes);
    // On the way from its sandbox to its first container nothing is told of a pod: what comes of that says it all.
    if (plan(seen).steps[0]?.kind !== 'start-container') await this.#publish(seen);
    const situation = this.#situation(observation, probes);
    this.#prober.update(situation.record.gone ? [] : probeTargets(situation, this.#podIp(observation)));
    const { steps, wakeInMs } = plan(situation);
    const step = steps[0];
    if (situation.record.gone) return this.#afterEnd(step, observation);
    const restMs = this.#restMs(situation);
    if (step) {
      await this.#execute(step, observation);
      return 0;
    }
    if (restMs > 0) return Math.min(restMs, wakeInMs ?? restMs);
    await this.#ledger.keepUntold();
    return wakeInMs;
  }

  /** How long the disk may be left alone for the sake of a sandbox that is being started: what is told is confirmed by then. */
  #restMs(situation: Situation): number {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#startingSinceMs = isSandboxStarting(situation) ? (this.#startingSinceMs ?? nowMs) : undefined;
    return this.#startingSinceMs === undefined ? 0 : this.#startingSinceMs + QUICK_START_MS - nowMs;
  }

  /** The tombstone is written. What cannot be cleared away yet is tried again, and keeps nobody waiting. */
  async #afterEnd(step: Step | undefined, observation: Observation): Promise<number | undefined> {
    try {
      if (step) await this.#execute(step, observation);
      return step ? 0 : undefined;
    } finally {
      const live = [...observation.containers, ...observation.sandboxes].some(isLive);
      if (!live && !this.#goneTold) this.#tellGone();
    }
  }

  #tellGone(): void {
    const { uid, gone } = this.record;
    this.#goneTold = true;
    this.#deps.uplink.gone({ uid, status: gone?.status });
  }

  #situation(observation: Observation, probes = this.#prober.verdicts): Situation {
    const { record } = this;
    const nowMs = this.#deps.clock.monotonicMs();
    const views = viewContainers(record, observation);
    const { machine } = this.#deps.machine();
    const neighbours = () => this.#deps.neighbours(record.uid);
    const resize = resizeState({ record, views, machine, neighbours });
    const wanted = wantedVolumes(this.volumes(this.#granted(resize)));
    const remembered = this.#memory.recall(record.pod, wanted);
    return {
      record,
      observation,
      resize,
      views,
      now: momentNow(this.#deps),
      probes,
      hooksRunning: this.#tasks.accompanying,
      objects: this.#deps.objects.of(record.pod),
      ...remembered,
      activeMs: nowMs - this.#acceptedMs,
      stoppingMs: this.#stoppingSinceMs === undefined ? 0 : nowMs - this.#stoppingSinceMs,
      problems: this.#problems,
    };
  }

  /** What the pod's volumes are now. */
  volumes(pod: Pod = this.record.pod): readonly PodVolume[] {
    const { objects, machine } = this.#deps;
    const { claims } = this.record;
    return podVolumes({ pod, objects: objects.of(pod), machine: machine().machine, claims });
  }

  /** The pod with no more than it may have for now. */
  #granted({ kind }: ResizeState): Pod {
    return kind === 'refused' ? asGranted(this.record) : this.record.pod;
  }

  noteWritten(written: ReadonlyMap<string, Written>): void {
    this.#written = written;
  }

  noteVolumes(uses: readonly VolumeUse[]): void {
    this.#volumeUses = uses;
  }

  /** What there is to measure. */
  measured(): MeasuredPod {
    const { uid, pod, status, gone } = this.record;
    return {
      uid,
      hostNetwork: pod.spec.hostNetwork === true,
      containers: namedRunningContainers(gone ? undefined : status).map((container) => ({
        ...container,
        written: this.#written.get(container.id),
        probes: this.#prober.counts(container.name),
      })),
      volumes: this.#volumeUses,
    };
  }

  /** It ends as failed, unless it has ended or is ending anyway. Durable when it resolves. */
  async evict(message: string): Promise<void> {
    const { evicted, stopping, status } = this.record;
    if (evicted || stopping || isTerminal(status)) return;
    this.#log.info({ message }, 'pod evicted');
    await this.update(
      (record) => (record.stopping ? record : { ...record, evicted: { message } }),
      [{ type: 'Warning', reason: EVICTED, message }],
    );
  }

  #status(situation: Situation) {
    const { clock, machine } = this.#deps;
    const imageNames = (id: string) => this.#observer.imageNames(id);
    const { hostIps, recursiveReadOnly } = machine();
    return podStatus(situation, { hostIps, recursiveReadOnly, imageNames, nowMs: clock.now() });
  }

  /** On the disk first: a status that was told is never taken back. */
  async #publish(situation: Situation): Promise<void> {
    const { record } = situation;
    if (record.gone) return;
    const status = this.#status(situation);
    const same = isDeepStrictEqual(record.status, status);
    const starts = untoldStarts(record, situation.observation);
    if (same && starts.length === 0) return;
    const present = new Set(situation.observation.containers.map(({ id }) => id));
    await this.#ledger.change(
      (current) => ({ ...current, status, notes: notesFor(withStartsTold(current, starts).notes, present) }),
      [...startEvents(starts), ...statusEvents(record.pod, record.status, status)],
    );
    if (same) return;
    this.#log.debug({ phase: status.phase }, 'pod status changed');
    this.#deps.uplink.report({ uid: record.uid, status });
  }

  async #execute(step: Step, observation: Observation): Promise<void> {
    this.#log.debug({ step: step.kind }, 'step');
    await execute(step, this.#context(observation));
    // Docker's list does not show that anything is different.
    if (step.kind === 'resize-container') this.#observer.forget(step.id);
  }

  #context(observation: Observation): StepContext {
    const { agentUid, network, engine, images, messages, names, objects, volumes } = this.#deps;
    const { clock, execs, readSeccompProfile, sendHook } = this.#deps;
    const pod = this.#granted(this.#situation(observation).resize);
    const view = this.#deps.machine();
    return {
      pod,
      objects: objects.of(pod),
      agentUid,
      network,
      engine,
      images,
      messages,
      volumes,
      podVolumes: this.volumes(pod),
      names,
      readSeccompProfile,
      devices: this.record.devices ?? {},
      memory: this.#memory,
      view,
      emit: (event) => this.#ledger.emit(event),
      execs,
      sendHook,
      podIp: this.#podIp(observation),
      tasks: this.#tasks,
      clock,
      log: this.#log,
      now: () => momentNow(this.#deps),
      record: () => this.record,
      change: async (change, events) => {
        await this.#ledger.change(change, events);
      },
      bury: () => this.#bury(observation),
    };
  }

  /** Where its containers are reached from this machine; empty before it has an address. */
  #podIp(observation: Observation): string {
    if (this.record.pod.spec.hostNetwork) return this.#deps.machine().hostIps[0] ?? '';
    return observation.sandboxes.find(isLive)?.ip ?? '';
  }

  async #bury(observation: Observation): Promise<void> {
    const status = this.#status(this.#situation(observation));
    await this.#ledger.change((record) => ({ ...record, status, gone: { status } }));
    this.#log.info({ phase: status.phase }, 'pod ended');
  }

  #noteStopping({ stopping }: PodRecord): void {
    if (!stopping) return;
    this.#stoppingSinceMs ??= this.#monotonic(stopping.since);
    this.#tasks.podStops();
  }

  /** A moment of the past on the clock that does not jump; never later than now. */
  #monotonic(moment: Moment): number {
    const now = momentNow(this.#deps);
    return now.monotonicMs - elapsedMs(moment, now);
  }

  #logFailure(error: unknown): void {
    const fields = { error: describeError(error) };
    if (error instanceof EngineError) this.#log.debug(fields, 'Docker did not do it; will retry');
    else this.#log.error(fields, 'a pass over the pod failed; will retry');
  }
}
