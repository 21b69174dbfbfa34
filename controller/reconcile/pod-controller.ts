// Pods: hears of API copies, reports and links, and brings every pod UID forward one planned step at a time. The plan
// is model/pod-plan.ts, the hands are pod-steps.ts; here are the entries, the queue, and what makes a pod be looked at.
//
// Invariants: nothing is done before pods and agents are listed; a session's first message is the whole snapshot; a pod
// is dispatched only to the agent its persisted placement names; one pod is never worked on by two workers.
import type { Clock } from '../../common/clock.ts';
import { describeError, errorCode, LongshoreError } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod, type PodStatus, podKey } from '../../common/pod.ts';
import type { AgentOccupancy } from '../model/agent-status.ts';
import { unknownAnnotationValues } from '../model/annotation-values.ts';
import type { Load } from '../model/placement/load.ts';
import type { Verdict } from '../model/placement/place.ts';
import { formatResources, type Resources } from '../model/placement/resources.ts';
import { type Placement, readPlacement } from '../model/placement-record.ts';
import { isMirrorPod, planPod } from '../model/pod-plan.ts';
import type { AgentIdentity, AgentLink } from './agent-link.ts';
import { ClaimBook } from './claim-book.ts';
import { EarlyNews } from './early-news.ts';
import type { EventRecord, EventRecorder } from './event-recorder.ts';
import type { Evictor } from './evictor.ts';
import { createKeyedQueue, type KeyedQueue, type QueueMeter } from './keyed-queue.ts';
import type { PodObjects } from './object-dispatch.ts';
import type { ObjectObserver } from './object-observer.ts';
import type { ObjectSource } from './object-source.ts';
import { createPlacementRounds, type OnDecided, type PlacementRounds } from './placement-rounds.ts';
import { PodBook } from './pod-book.ts';
import { fingerprint, type PodEntry, takeCopy, viewOf } from './pod-entry.ts';
import { podEvent } from './pod-event.ts';
import type { PodFleet } from './pod-fleet.ts';
import { createPodSteps, type PodSteps } from './pod-steps.ts';
import type { PodWriter } from './pod-writer.ts';

export interface PodControllerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly fleet: PodFleet;
  readonly writer: PodWriter;
  readonly evictor: Pick<Evictor, 'evict'>;
  readonly events: EventRecorder;
  readonly objects: PodObjects;
  /** For the claims of pods that wait. */
  readonly source: Pick<ObjectSource, 'follow'>;
  /** The pods of this node, or what they take up, changed; without a name: perhaps of any. Cheap: it is called often. */
  readonly onChange: (nodeName?: string) => void;
  /** Pods written at the same time. Default 16. */
  readonly concurrency?: number;
  readonly queueMeter?: QueueMeter | undefined;
  readonly onDecided?: OnDecided | undefined;
  /** A pod runs for the first time. */
  readonly onStarted?: ((sinceCreationMs: number) => void) | undefined;
}

/** Far more than a pod's plan ever takes; a step that changes nothing would go round for ever. */
const MAX_STEPS = 20;
const TIME_CHECK_MS = 5000;
/** No pod's UID: all that wait are to be asked about. */
const ALL_PODS = '';
/** Neither: those that others hold off are to be judged on. */
const HELD_OFF = 'held-off';

export class PodController implements ObjectObserver<Pod> {
  readonly #options: PodControllerOptions;
  readonly #book = new PodBook();
  readonly #claims: ClaimBook;
  readonly #early = new EarlyNews();
  readonly #owned = new Set<Promise<void>>();
  readonly #queue: KeyedQueue;
  readonly #rounds: PlacementRounds;
  readonly #steps: PodSteps;
  readonly #begun = Promise.withResolvers<void>();
  #listed = false;
  #started = false;
  #isAskingAll = false;
  #isAskingLater = false;

  constructor(options: PodControllerOptions) {
    const { clock, log, fleet, writer, evictor, objects, source, concurrency = 16 } = options;
    const { queueMeter, onDecided } = options;
    this.#options = options;
    this.#claims = new ClaimBook({ source, onChange: () => this.fleetChanged() });
    this.#rounds = createPlacementRounds({
      fleet,
      book: this.#book,
      volumes: (pod) => this.#claims.needOf(pod),
      clock,
      isWaiting: (entry) => this.#isWaiting(entry),
      onPlaceable: ({ uid }) => this.#queue.add(uid),
      onUnfinished: () => this.#queue.add(HELD_OFF),
      onDecided,
    });
    this.#steps = createPodSteps({
      clock,
      fleet,
      writer,
      evictor,
      objects,
      rounds: this.#rounds,
      tell: (event) => this.#tell(event),
      forget: (entry) => this.#forget(entry),
      later: (uid, delayMs) => this.#queue.addAfter(uid, delayMs),
      onStarted: options.onStarted,
    });
    this.#queue = createKeyedQueue({
      clock,
      concurrency,
      meter: queueMeter,
      work: (uid, signal) => this.#sync(uid, signal),
      onFailure: (uid, error, retryMs) => {
        const pod = this.#book.get(uid)?.pod;
        const level = errorCode(error) === 'conflict' ? 'debug' : 'warn';
        log[level](
          { pod: pod && podKey(pod), uid, retryMs, reason: describeError(error) },
          'pod is tried again',
        );
      },
    });
  }

  /** Works until the signal aborts. What it has not finished then is found again by the next controller. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#queue.run(signal), this.#watchTime(signal)]);
    // Whoever waits for the lists waits in vain from now on.
    this.#begun.resolve();
    await Promise.all(this.#owned);
  }

  changed(pod: Pod): void {
    const { uid } = pod.metadata;
    const entry = this.#book.getOrCreate(uid);
    const wasUnreadable = isUnreadable(entry);
    // What was looked at by the controller before this one was told then.
    const before = entry.pod ?? (readPlacement(pod.status).kind === 'none' ? undefined : pod);
    const toldBefore = before && unknownAnnotationValues(before);
    takeCopy(entry, pod, 'watch');
    if (!entry.persisting) delete entry.decision;
    if (!wasUnreadable && isUnreadable(entry)) this.#warnUnreadable(pod);
    const unknown = isTerminal(pod.status) ? '' : unknownAnnotationValues(pod);
    if (unknown !== '' && unknown !== toldBefore) this.#warn(pod, 'UnsupportedAnnotation', unknown);
    this.#noted(entry);
    this.#rounds.arrived(entry);
    this.#queue.add(uid);
  }

  vanished(uid: string): void {
    const entry = this.#book.get(uid);
    if (!entry?.pod) return;
    entry.lastPod = entry.pod;
    delete entry.pod;
    this.#noted(entry);
    this.#queue.add(uid);
  }

  synced(): void {
    this.#listed = true;
    this.start();
  }

  /** Begins as soon as both pods and agents are listed; called when either is. */
  start(): void {
    const { fleet } = this.#options;
    if (this.#started || !this.#listed || !fleet.synced) return;
    this.#started = true;
    for (const link of fleet.links()) this.#snapshot(link);
    for (const { agent, podUid, report, gone } of this.#early.takeAll()) {
      if (report) this.report(agent, podUid, report);
      if (gone) this.gone(agent, podUid, gone.status);
    }
    this.#begun.resolve();
    for (const { uid } of this.#book.all()) this.#queue.add(uid);
    this.#options.onChange();
  }

  /** A session is up: its agent hears the whole wish, and only what it says from now on counts. */
  agentConnected(link: AgentLink): void {
    this.#early.dropAgent(link.agent.uid);
    for (const entry of this.#book.on(link.agent.uid)) delete entry.report;
    if (this.#started) this.#snapshot(link);
    this.agentChanged(link.agent.uid);
  }

  /** The agent connected, was lost, came back or was removed: its pods may show it. */
  agentChanged(agentUid: string): void {
    for (const { uid } of this.#book.on(agentUid)) this.#queue.add(uid);
    this.fleetChanged();
  }

  /** Something placement looks at changed: pods that wait may fit now. */
  fleetChanged(): void {
    const againInMs = this.#rounds.invalidate();
    this.#options.onChange();
    if (againInMs > 0) {
      this.#askAllIn(againInMs);
      return;
    }
    if (!this.#started || this.#isAskingAll) return;
    this.#isAskingAll = true;
    // A thousand agents may change in one go.
    queueMicrotask(() => {
      this.#isAskingAll = false;
      for (const entry of this.#book.unplaced()) if (this.#isWaiting(entry)) this.#queue.add(entry.uid);
    });
  }

  report(agent: AgentIdentity, podUid: string, status: PodStatus): void {
    if (!this.#started) {
      this.#early.keep(agent, podUid, { report: status });
      return;
    }
    const entry = this.#book.get(podUid);
    if (entry?.placement?.agentUid !== agent.uid) return;
    entry.report = status;
    this.#queue.add(podUid);
  }

  gone(agent: AgentIdentity, podUid: string, status: PodStatus | undefined): void {
    if (!this.#started) {
      this.#early.keep(agent, podUid, { gone: { status } });
      return;
    }
    const entry = this.#book.get(podUid);
    if (!entry || (entry.placement && entry.placement.agentUid !== agent.uid)) {
      // Nobody waits for this pod's end there: it is recorded, or the pod is another agent's.
      this.#options.fleet.link(agent.uid)?.acknowledgeGone(podUid);
      return;
    }
    if (!entry.placement) return;
    entry.gone = { status };
    this.#options.objects.ended(podUid);
    this.#noted(entry);
    this.#queue.add(podUid);
  }

  /** The pod, if it is placed on this agent: it may speak of no other. */
  placedPod(agentUid: string, podUid: string): Pod | undefined {
    const entry = this.#book.get(podUid);
    return entry?.placement?.agentUid === agentUid ? (entry.pod ?? entry.lastPod) : undefined;
  }

  /** A placement that is being written counts: it may be there already. */
  holdsPods(agentUid: string): boolean {
    const isOver = this.#options.fleet.isGone(agentUid);
    // Its end is to be on record before the agent goes: the next controller could not tell it from one that is lost.
    const isHeld = ({ pod, gone }: PodEntry) =>
      !(gone || isOver) || (pod !== undefined && !isTerminal(pod.status));
    return [...this.#book.on(agentUid)].some(isHeld) || this.#comingTo(agentUid).length > 0;
  }

  occupancyOf(agentUid: string): AgentOccupancy | undefined {
    if (!this.#started) return undefined;
    const { occupants, requests } = this.#book.load.on(agentUid);
    return { pods: occupants.size, used: formatResources(requests) };
  }

  get listed(): boolean {
    return this.#listed;
  }

  /** Every pod bound to a node of ours, mirror pods excepted. */
  entries(): readonly Readonly<PodEntry>[] {
    return [...this.#book.all()].filter(({ pod }) => pod && !isMirrorPod(pod));
  }

  /** Those placed on this agent. */
  entriesOn(agentUid: string): readonly Readonly<PodEntry>[] {
    return [...this.#book.on(agentUid)];
  }

  /** What the scheduler charges this node for; undefined: all nodes together. */
  requestedOf(nodeName: string | undefined): Resources {
    return this.#book.requestedOf(nodeName);
  }

  /** What sits on each agent. */
  get load(): Load {
    return this.#book.load;
  }

  /** Resolves when both lists are complete, or when this ends before. */
  get whenStarted(): Promise<void> {
    return this.#begun.promise;
  }

  get started(): boolean {
    return this.#started;
  }

  /** The API's copies of the pods that are placed on this agent. */
  podsOn(agentUid: string): readonly Pod[] {
    return [...this.#book.on(agentUid)].flatMap(({ pod }) => (pod ? [pod] : []));
  }

  /** Of those, the ones that the agent has not confirmed to be gone. */
  heldOn(agentUid: string): readonly Pod[] {
    return [...this.#book.on(agentUid)].flatMap(({ pod, gone }) => (pod && !gone ? [pod] : []));
  }

  /** Pods that wait for an agent, by the node that they are bound to. Looks at all. */
  waitingByNode(): ReadonlyMap<string, readonly Pod[]> {
    const waiting = [...this.#book.unplaced()].flatMap((entry) =>
      entry.pod && this.#isWaiting(entry) ? [entry.pod] : [],
    );
    return Map.groupBy(waiting, ({ spec: { nodeName = '' } }) => nodeName);
  }

  /** Pods without an object that the agent has not confirmed to be gone, and those whose placement on it is being written. */
  unseenOn(agentUid: string): number {
    const orphans = [...this.#book.on(agentUid)].filter(({ pod, gone }) => !pod && !gone);
    return orphans.length + this.#comingTo(agentUid).length;
  }

  #comingTo(agentUid: string): PodEntry[] {
    return [...this.#book.unplaced()].filter((entry) => reservation(entry)?.agentUid === agentUid);
  }

  /** The newest copy. */
  pod(uid: string): Pod | undefined {
    return this.#book.get(uid)?.pod;
  }

  /** The API's copies, for whoever lists pods on this node. */
  podsOf(nodeName: string): readonly Pod[] {
    return this.entries().flatMap(({ pod }) => (pod?.spec.nodeName === nodeName ? [pod] : []));
  }

  findPod(
    namespace: string,
    name: string,
  ): { pod: Pod; agentName: string | undefined; link: AgentLink | undefined } | undefined {
    for (const { pod, placement } of this.#book.all()) {
      if (pod?.metadata.name !== name || pod.metadata.namespace !== namespace) continue;
      const link = placement && this.#options.fleet.link(placement.agentUid);
      return { pod, agentName: placement?.agent, link };
    }
    return undefined;
  }

  /** What is known of a pod, and what placement thinks of every agent for it; undefined: no such pod is here. */
  explain(
    namespace: string,
    name: string,
  ):
    | { readonly entry: Readonly<PodEntry>; readonly pod: Pod; readonly verdicts: readonly Verdict[] }
    | undefined {
    for (const entry of this.entries()) {
      const { pod } = entry;
      if (pod?.metadata.name !== name || pod.metadata.namespace !== namespace) continue;
      return { entry, pod, verdicts: this.#rounds.verdicts(pod) };
    }
    return undefined;
  }

  #askAllIn(delayMs: number): void {
    if (this.#isAskingLater) return;
    this.#isAskingLater = true;
    this.#queue.addAfter(ALL_PODS, delayMs);
  }

  async #sync(uid: string, signal: AbortSignal): Promise<void> {
    if (uid === HELD_OFF) {
      this.#rounds.goOn();
      return;
    }
    if (uid === ALL_PODS) {
      this.#isAskingLater = false;
      this.fleetChanged();
      return;
    }
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const entry = this.#book.get(uid);
      if (!entry) return;
      const step = planPod(viewOf(entry, this.#context()));
      const { log } = this.#options;
      log.trace({ uid, step: step.kind, why: step.kind === 'wait' ? step.why : undefined }, 'pod step');
      const isChanged = await this.#steps.execute(step, entry, signal).finally(() => this.#noted(entry));
      if (!isChanged) return;
      signal.throwIfAborted();
    }
    throw new LongshoreError('internal', `the plan of pod ${uid} does not come to rest`);
  }

  /** Some decisions change with time alone. */
  async #watchTime(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(TIME_CHECK_MS, signal).catch(() => undefined);
      const { dueAtMs } = this.#rounds;
      if (dueAtMs !== undefined && dueAtMs <= clock.now()) this.fleetChanged();
      this.#lookAtOrphans();
    }
  }

  /** Pods of agents that are no more, found when this controller began. */
  #lookAtOrphans(): void {
    for (const agentUid of this.#book.agentUids()) {
      if (!this.#options.fleet.isGone(agentUid)) continue;
      for (const { uid, pod } of this.#book.on(agentUid)) if (!isTerminal(pod?.status)) this.#queue.add(uid);
    }
  }

  #snapshot(link: AgentLink): void {
    const held = [...this.#book.on(link.agent.uid)].flatMap((entry) =>
      entry.pod ? [{ entry, pod: entry.pod }] : [],
    );
    const pods = held.map(({ pod }) => pod);
    this.#options.objects.snapshot(link, pods);
    link.snapshot(pods);
    for (const { entry, pod } of held) entry.told = { link, what: fingerprint(pod) };
  }

  #isWaiting(entry: PodEntry): boolean {
    if (!entry.pod || entry.placement) return false;
    return planPod(viewOf(entry, this.#context())).kind === 'place';
  }

  #context() {
    const { clock, fleet } = this.#options;
    return { fleet, synced: this.#started, nowMs: clock.now() };
  }

  #forget(entry: PodEntry): void {
    this.#book.forget(entry);
    this.#claims.release(entry.uid);
    this.#options.objects.ended(entry.uid);
    this.fleetChanged();
  }

  /** Room that became free is offered to the pods that wait. */
  #noted(entry: PodEntry): void {
    if (entry.pod && !entry.placement && !isTerminal(entry.pod.status)) this.#claims.waits(entry.pod);
    else this.#claims.release(entry.uid);
    const noted = this.#book.note(entry);
    if (noted === 'eased') this.fleetChanged();
    else if (noted === 'changed') this.#options.onChange((entry.pod ?? entry.lastPod)?.spec.nodeName);
  }

  #tell(event: EventRecord): void {
    const recorded = this.#options.events.record(event);
    this.#owned.add(recorded);
    void recorded.finally(() => this.#owned.delete(recorded));
  }

  #warnUnreadable(pod: Pod): void {
    const record = readPlacement(pod.status);
    const found = record.kind === 'unreadable' ? record.message : '';
    const message = `the placement in its status is unreadable (${found}); it is neither placed nor deleted until the condition is corrected or the pod is force-deleted`;
    this.#options.log.warn({ pod: podKey(pod), uid: pod.metadata.uid }, message);
    this.#warn(pod, 'PlacementUnreadable', message);
  }

  #warn(pod: Pod, reason: string, message: string): void {
    this.#tell(podEvent(pod, { type: 'Warning', reason, message }));
  }
}

function reservation({ persisting, decision }: PodEntry): Placement | undefined {
  return persisting && decision?.outcome.kind === 'agent' ? decision.outcome.placement : undefined;
}

function isUnreadable({ pod, placement }: PodEntry): boolean {
  return !placement && pod !== undefined && readPlacement(pod.status).kind === 'unreadable';
}
