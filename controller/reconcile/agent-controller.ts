// Agents: joins their objects with their sessions, decides who is ready, publishes their statuses, and passes on what
// they say of pods. An agent that falls silent is lost after 40 s; nothing that happens to this process shortens or
// lengthens that for the agents: the clock of those not heard of yet starts with our leadership.
import type { Clock } from '../../common/clock.ts';
import { describeError, isAbort } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { type Agent, condition, isCordoned, isDeclaredGone } from '../model/agent.ts';
import { AGENT_SILENCE_MS, type AgentOccupancy, agentStatus } from '../model/agent-status.ts';
import { isRemovalTried } from '../model/clearing.ts';
import {
  type GuestEvent,
  guestEvents,
  isGuestCondition,
  restingOf,
} from '../model/guest/guest-conditions.ts';
import { type HeldImage, imagesByName } from '../model/held-images.ts';
import { isSameJson } from '../model/same-json.ts';
import type { AgentIdentity, AgentLink, AgentObserver, Vitals } from './agent-link.ts';
import type { AgentMetrics } from './agent-metrics.ts';
import type { AgentEntry, AgentRegistry } from './agent-registry.ts';
import type { AgentWriter } from './agent-writer.ts';
import type { EventRecord, EventRecorder } from './event-recorder.ts';
import type { GoodGuest } from './good-guest.ts';
import type { ObjectObserver } from './object-observer.ts';
import type { StatsBook } from './stats-book.ts';

/** What the agents' side tells the pods' side. Nothing blocks or throws. */
export interface AgentNews {
  /** Resolves when it is known which pods there are and where they are placed, or when that no longer matters. */
  readonly whenStarted: Promise<void>;
  /** Agents have been listed. */
  start(): void;
  agentConnected(link: AgentLink): void;
  agentChanged(agentUid: string): void;
  fleetChanged(): void;
  report(agent: AgentIdentity, podUid: string, status: PodStatus): void;
  gone(agent: AgentIdentity, podUid: string, status: PodStatus | undefined): void;
  /** The pod, if it is placed on this agent: it may speak of no other. */
  placedPod(agentUid: string, podUid: string): Pod | undefined;
  /** Some pod is placed on this agent, or just being placed, whose end is not on record yet. */
  holdsPods(agentUid: string): boolean;
  /** Undefined until pods have been listed. */
  occupancyOf(agentUid: string): AgentOccupancy | undefined;
  /** Pods have been listed: before that, no pod is seen and none is known to be gone. */
  readonly listed: boolean;
}

export interface AgentControllerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: AgentRegistry;
  readonly pods: AgentNews;
  readonly writer: AgentWriter;
  readonly events: EventRecorder;
  readonly guests: GoodGuest;
  readonly metrics: Pick<AgentMetrics, 'heard'>;
  readonly stats: Pick<StatsBook, 'take' | 'forget'>;
}

/** How often silences are looked at. */
const CHECK_MS = 1000;
/** How often what an agent's status shows of its pods changes: in a fleet of a thousand ten such writes a second, no more. */
const MIN_OCCUPANCY_MS = 10_000;
const OCCUPANCY_MS_PER_AGENT = 100;
const MAX_EVENT_MESSAGE = 1024;
const EVENT_REASON = /^[A-Za-z][A-Za-z0-9]{0,127}$/;
const FIELD_PATH = /^[A-Za-z0-9.{}-]{1,128}$/;

export class AgentController implements AgentObserver, ObjectObserver<Agent> {
  readonly #options: AgentControllerOptions;
  readonly #owned = new Set<Promise<void>>();

  constructor(options: AgentControllerOptions) {
    this.#options = options;
  }

  /** Watches silences until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      for (;;) {
        await clock.sleep(CHECK_MS, signal);
        this.#checkSilences();
        this.#checkGuests();
        this.#checkOccupancy();
        await this.#releaseLeaving();
      }
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) throw error;
    }
    await Promise.all(this.#owned);
  }

  changed(agent: Agent): void {
    const { registry, pods } = this.#options;
    const before = registry.get(agent.metadata.uid)?.object;
    const entry = registry.learn(agent);
    this.#refresh(entry);
    if (!before || !isSameJson(before.spec.pinnedImages, agent.spec.pinnedImages)) tellPins(entry);
    const isOther = before?.spec.podsRoutable !== agent.spec.podsRoutable;
    if (!before || isOther || isDeclaredGone(before) !== isDeclaredGone(agent)) pods.agentChanged(entry.uid);
    else if (isPlacementChange(before, agent)) pods.fleetChanged();
  }

  vanished(uid: string): void {
    const { registry, pods, log } = this.#options;
    const entry = registry.get(uid);
    if (!entry) return;
    registry.delete(uid);
    this.#options.stats.forget(uid);
    log.info({ agent: entry.object?.metadata.name, uid }, 'agent removed');
    entry.link?.close('the Agent object was removed');
    pods.agentChanged(uid);
  }

  synced(): void {
    const { registry, pods } = this.#options;
    registry.allListed();
    pods.start();
  }

  connected(link: AgentLink, hello: { readonly agentVersion: string; readonly bootId: string }): void {
    const { registry, pods, log } = this.#options;
    const entry = registry.getOrCreate(link.agent.uid);
    entry.link = link;
    entry.agentVersion = hello.agentVersion;
    entry.bootId = hello.bootId;
    this.#heard(entry);
    log.info({ agent: link.agent.name, uid: entry.uid, version: hello.agentVersion }, 'agent connected');
    this.#refresh(entry);
    pods.agentConnected(link);
    if (entry.object) tellPins(entry);
  }

  disconnected(link: AgentLink, reason: string): void {
    const { registry, pods, log } = this.#options;
    const entry = registry.get(link.agent.uid);
    if (entry?.link !== link) return;
    delete entry.link;
    log.info({ agent: link.agent.name, uid: entry.uid, reason }, 'agent disconnected');
    if (!entry.object && registry.synced) registry.delete(entry.uid);
    pods.fleetChanged();
  }

  certified(agent: AgentIdentity, expiresAtMs: number): void {
    const entry = this.#options.registry.get(agent.uid);
    if (!entry || entry.certificateExpiresAtMs === expiresAtMs) return;
    entry.certificateExpiresAtMs = expiresAtMs;
    this.#refresh(entry);
  }

  facts(agent: AgentIdentity, facts: MachineFacts__Output): void {
    const { registry, pods } = this.#options;
    const entry = registry.get(agent.uid);
    if (!entry) return;
    entry.facts = facts;
    this.#heard(entry);
    this.#refresh(entry);
    pods.fleetChanged();
  }

  images(agent: AgentIdentity, held: readonly HeldImage[]): void {
    const { registry, pods } = this.#options;
    const entry = registry.get(agent.uid);
    if (!entry) return;
    entry.images = { held, byName: imagesByName(held) };
    this.#heard(entry);
    pods.fleetChanged();
  }

  alive(agent: AgentIdentity): void {
    const entry = this.#options.registry.get(agent.uid);
    if (entry) this.#heard(entry);
  }

  metrics(link: AgentLink, families: readonly MetricFamily[]): void {
    this.#options.metrics.heard(link, families);
  }

  vitals(agent: AgentIdentity, { timeMs, used, owner }: Vitals): void {
    const entry = this.#options.registry.get(agent.uid);
    if (!entry) return;
    if (timeMs > 0) entry.clockAheadMs = timeMs - this.#options.clock.now();
    if (used) entry.used = used;
    if (owner) entry.owner = { reading: owner, atMs: this.#options.clock.monotonicMs() };
  }

  stats(agent: AgentIdentity, report: StatsReport__Output): void {
    this.#options.stats.take(agent, report);
  }

  report(agent: AgentIdentity, podUid: string, status: PodStatus): void {
    this.alive(agent);
    this.#options.pods.report(agent, podUid, status);
  }

  gone(agent: AgentIdentity, podUid: string, status: PodStatus | undefined): void {
    this.alive(agent);
    this.#options.pods.gone(agent, podUid, status);
  }

  async event(agent: AgentIdentity, event: PodEvent__Output): Promise<void> {
    const { pods, events, log } = this.#options;
    const { podUid, type, reason, message, fieldPath, timeMs } = event;
    await pods.whenStarted;
    const pod = pods.placedPod(agent.uid, podUid);
    if (!pod || !EVENT_REASON.test(reason)) {
      log.debug({ agent: agent.name, podUid }, 'event dropped: not a pod of this agent, or malformed');
      return;
    }
    await events.record({
      about: {
        kind: 'Pod',
        // As the API names the pod: the agent's word could put an event about another's pod anywhere.
        namespace: pod.metadata.namespace,
        name: pod.metadata.name,
        uid: podUid,
        ...(FIELD_PATH.test(fieldPath) && { fieldPath }),
      },
      type: type === 'Warning' ? 'Warning' : 'Normal',
      reason,
      message: message.slice(0, MAX_EVENT_MESSAGE),
      agent: agent.name,
      saidBy: 'agent',
      ...(Number.isSafeInteger(timeMs) && timeMs > 0 && { timeMs }),
    });
  }

  /** Back from the lost: its pods and its status show it at once. */
  #heard(entry: AgentEntry): void {
    const { clock, registry, pods } = this.#options;
    const wasReady = registry.isReady(entry);
    entry.heardAtMs = clock.monotonicMs();
    if (wasReady) return;
    this.#refresh(entry);
    pods.agentChanged(entry.uid);
  }

  #checkSilences(): void {
    const { registry, pods, log } = this.#options;
    if (!registry.synced) return;
    for (const entry of registry.entries()) {
      if (!entry.object || registry.silenceMs(entry) < AGENT_SILENCE_MS) continue;
      if (shownReady(entry) === 'False') continue;
      log.warn({ agent: entry.object.metadata.name, uid: entry.uid }, 'agent lost: silent for too long');
      this.#refresh(entry);
      pods.agentChanged(entry.uid);
    }
  }

  /** Quiet hours begin and end, and owners come and go, without anybody changing an object. */
  #checkGuests(): void {
    const { registry, guests } = this.#options;
    for (const entry of registry.entries()) {
      if (!entry.object) continue;
      const { conditions = [] } = entry.status ?? entry.object.status ?? {};
      const now = guests.conditions(entry);
      // So it is with nearly all of them, every second.
      if (now.length === 0 && !conditions.some(isGuestCondition)) continue;
      const shown = conditions.filter(isGuestCondition);
      const stale = shown.map(({ lastTransitionTime: _, ...condition }) => condition);
      if (!isSameJson(stale, now)) this.#refresh(entry);
    }
  }

  /** Pods come and go all the time, and each of these would be a write of its own for every agent of a large fleet. */
  #checkOccupancy(): void {
    for (const entry of this.#options.registry.entries()) {
      const before = entry.occupied?.shown;
      if (this.#occupancy(entry) !== before) this.#refresh(entry);
    }
  }

  /** As it is shown now: what is newer waits for its turn. */
  #occupancy(entry: AgentEntry): AgentOccupancy | undefined {
    const { clock, registry, pods } = this.#options;
    const nowMs = clock.monotonicMs();
    const { shown, atMs } = entry.occupied ?? {};
    const everyMs = Math.max(MIN_OCCUPANCY_MS, OCCUPANCY_MS_PER_AGENT * registry.size);
    if (atMs !== undefined && nowMs - atMs < everyMs) return shown;
    const newest = pods.occupancyOf(entry.uid);
    if (!newest || isSameJson(newest, shown)) return shown;
    entry.occupied = { shown: newest, atMs: nowMs };
    return newest;
  }

  /**
   * An agent that is being removed goes when its last pod has gone, or may not be evicted though its machine is gone; the removal
   * of one waits for no other.
   */
  async #releaseLeaving(): Promise<void> {
    const { registry, pods, writer, log } = this.#options;
    if (!registry.synced || !pods.listed) return;
    const leaving: Agent[] = [];
    for (const { uid, object, clearing } of registry.entries()) {
      if (object?.metadata.deletionTimestamp === undefined || pods.holdsPods(uid)) continue;
      // Those of a machine that is gone hold it no more when they are Failed, but nobody else would take them away.
      if (clearing && isRemovalTried(clearing)) leaving.push(object);
    }
    await Promise.all(
      leaving.map((agent) =>
        writer.release(agent).catch((error) => {
          log.warn(
            { agent: agent.metadata.name, reason: describeError(error) },
            'agent not removed; tried again',
          );
        }),
      ),
    );
  }

  /** Something that its status shows may be different now. */
  statusChanged(entry: AgentEntry): void {
    this.#refresh(entry);
  }

  /** Publishes the agent's status when it is not what was published last. */
  #refresh(entry: AgentEntry): void {
    const { clock, registry, writer, guests, pods } = this.#options;
    const { object, facts, agentVersion, bootId } = entry;
    if (!object) return;
    const ready = registry.isReady(entry);
    const undecided = !ready && registry.silenceMs(entry) < AGENT_SILENCE_MS;
    // Not heard of yet, and the time for it is not up: what the object shows stands.
    if (undecided) return;
    const previous = entry.status ?? object.status;
    // The facts follow the Hello at once: a first status without them would show a machine that is nothing.
    if (ready && !facts && !previous?.os) return;
    const lastHeardMs = registry.lastHeardMs(entry);
    const status = agentStatus({
      previous,
      taints: object.spec.taints ?? [],
      ownerShare: object.spec.ownerShare ?? {},
      guest: guests.conditions(entry),
      facts,
      agentVersion,
      bootId,
      ready,
      occupancy: this.#occupancy(entry),
      certificateExpiresAtMs: entry.certificateExpiresAtMs,
      clearing: entry.clearing,
      lastHeardMs,
      nowMs: clock.now(),
    });
    if (!isSameJson(entry.status, status)) this.#noteFlip(entry, ready);
    this.#noteBoot(object, { before: previous?.bootID, now: status.bootID });
    this.#noteGuest(object, guestEvents(previous ?? {}, status));
    entry.status = status;
    if (restingOf(previous ?? {}) !== restingOf(status)) pods.fleetChanged();
    if (!isSameJson(object.status, status)) {
      writer.publishStatus({ name: object.metadata.name, uid: entry.uid }, status);
    }
  }

  #noteFlip({ object, status, uid }: AgentEntry, ready: boolean): void {
    const before = (status ?? object?.status)?.conditions?.find(({ type }) => type === 'Ready')?.status;
    if (!object || before === (ready ? 'True' : 'False')) return;
    const { name } = object.metadata;
    this.#tell({
      about: { kind: 'Agent', name, uid },
      type: ready ? 'Normal' : 'Warning',
      reason: ready ? 'AgentConnected' : 'AgentUnreachable',
      message: ready ? `agent ${name} is connected` : `agent ${name} has not been heard of for 40 s`,
    });
  }

  #noteGuest({ metadata: { name, uid } }: Agent, events: readonly GuestEvent[]): void {
    for (const event of events) this.#tell({ about: { kind: 'Agent', name, uid }, ...event });
  }

  #noteBoot(
    { metadata: { name, uid } }: Agent,
    { before = '', now = '' }: { readonly before: string | undefined; readonly now: string | undefined },
  ): void {
    if (before === '' || before === now) return;
    const message = `agent ${name} has been rebooted, boot id: ${now}`;
    this.#tell({ about: { kind: 'Agent', name, uid }, type: 'Warning', reason: 'Rebooted', message });
  }

  #tell(event: EventRecord): void {
    const recorded = this.#options.events.record(event);
    this.#owned.add(recorded);
    void recorded.finally(() => this.#owned.delete(recorded));
  }
}

function tellPins({ link, object }: AgentEntry): void {
  link?.keepImages(object?.spec.pinnedImages ?? []);
}

function shownReady(entry: AgentEntry): string | undefined {
  const { status, object } = entry;
  if (status) return status.conditions?.find(({ type }) => type === 'Ready')?.status;
  return object && condition(object, 'Ready')?.status;
}

function isPlacementChange(before: Agent, after: Agent): boolean {
  return (
    !isSameJson(before.spec, after.spec) ||
    isCordoned(before.spec) !== isCordoned(after.spec) ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}
