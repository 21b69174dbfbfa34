// The controller's side of the conformance tests: the real gRPC server with its checks of every message, over stores in
// memory, and an observer that keeps what the provider says and gives it what the test wishes for.
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { Agent } from '../../controller/model/agent.ts';
import type { AgentLink, AgentObserver, Vitals } from '../../controller/reconcile/agent-link.ts';
import type { ObjectState } from '../../controller/reconcile/object-source.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { tellObjects } from '../kit/empty-objects.ts';
import { startTestController, type TestController } from '../kit/rpc-fixture.ts';
import { createWitness } from './witness.ts';

export const PROVIDER_NAME = 'conformance';

/** Shorter than a real controller's, so that a silent provider is found out while the test waits. */
const SESSION_LIMITS = {
  heartbeatIntervalMs: 500,
  silenceMs: 2500,
  messages: { perSecond: 500, burst: 5000 },
  maxOutbox: 1000,
  maxEvents: 1000,
};

/** The terms of the fleet's own leaders come after this one. */
export const EARLIER_EPOCH = 9;

/** What the provider has said in the session of now, or the last. */
export interface Heard {
  facts: MachineFacts__Output | undefined;
  vitals: Vitals | undefined;
  heartbeats: number;
  /** When its certificate runs out, Unix milliseconds. */
  certifiedUntilMs: number;
  /** The first report of each pod. */
  readonly firstStatuses: Map<string, PodStatus>;
  /** The newest. */
  readonly statuses: Map<string, PodStatus>;
  /** Each time it said that a pod is gone. */
  readonly gone: Map<string, (PodStatus | undefined)[]>;
  readonly events: PodEvent__Output[];
  readonly stats: StatsReport__Output[];
}

export interface FleetOfOne extends AsyncDisposable {
  /** What the provider shall hold, by UID; told whole at the beginning of a session. */
  readonly desired: Map<string, Pod>;
  /** What is known of what pods refer to, by the wire's keys; what is not in it is there and empty. */
  readonly objects: Map<string, ObjectState>;
  readonly heard: Heard;
  /** What it has said in all its sessions that cannot be true together. */
  readonly faults: readonly string[];
  /** Why sessions ended. */
  readonly endings: readonly string[];
  readonly sessions: number;
  /** The term of its leader. */
  readonly epoch: number;
  /** Sessions begin, and no snapshot is sent in them before the test does. */
  withholdSnapshots: boolean;
  tellSnapshot(): void;
  /** Events of this pod are heard, and not acknowledged before the session ends. */
  withholdEventsOf: string | undefined;
  readonly link: AgentLink | undefined;
  readonly address: string;
  readonly token: string;
  /** Another, for the same name. */
  newToken(): Promise<string>;
  readonly authority: TestController['authority'];
  /** As what it has joined. */
  readonly agent: Agent | undefined;
  /** Wished for from now on, and told at once. */
  wish(pod: Pod): void;
  /** No longer wished for, its end recorded. */
  forget(pod: Pod): void;
  /** The controller is gone, its port closed. */
  leave(): Promise<void>;
  /** A new leader at the same address, in a later term. */
  comeBack(): Promise<void>;
  /** The provider is removed from the fleet. */
  removeProvider(): void;
  /** How often it was told so. */
  readonly toldRemoved: number;
  /** The fleet knows it again, as one that was restored from a backup does. */
  restoreProvider(): void;
}

export interface FleetOptions {
  /** How long the certificates of the first leader are good; those of the leaders after it are so for months. */
  readonly firstClientMs: number;
}

export async function startFleetOfOne({ firstClientMs }: FleetOptions): Promise<FleetOfOne> {
  const desired = new Map<string, Pod>();
  const objects = new Map<string, ObjectState>();
  const endings: string[] = [];
  const witness = createWitness();
  let heard = nothingHeard();
  let link: AgentLink | undefined;
  let over = new AbortController();
  let removed: Agent | undefined;
  let sessions = 0;
  let epoch = EARLIER_EPOCH + 1;
  const observer: AgentObserver = {
    connected(newest) {
      sessions += 1;
      link = newest;
      heard = nothingHeard();
      over.abort();
      over = new AbortController();
      if (!fleet.withholdSnapshots) fleet.tellSnapshot();
    },
    certified(_agent, untilMs) {
      heard.certifiedUntilMs = untilMs;
    },
    alive() {},
    images() {},
    metrics() {},
    facts(_agent, facts) {
      heard.facts = facts;
    },
    vitals(_agent, vitals) {
      heard.vitals = vitals;
      heard.heartbeats += 1;
    },
    stats: (_agent, report) => void heard.stats.push(report),
    report(_agent, uid, status) {
      witness.report(uid, status);
      heard.statuses.set(uid, status);
      if (!heard.firstStatuses.has(uid)) heard.firstStatuses.set(uid, status);
    },
    gone(_agent, uid, status) {
      witness.gone(uid, status);
      heard.gone.set(uid, [...(heard.gone.get(uid) ?? []), status]);
    },
    async event(_agent, event) {
      witness.event(event);
      heard.events.push(event);
      if (event.podUid === fleet.withholdEventsOf) await aborted(over.signal);
      else witness.acknowledgedEvent(event);
    },
    disconnected(ended, reason) {
      witness.sessionEnded(reason);
      endings.push(reason);
      if (link !== ended) return;
      link = undefined;
      over.abort();
    },
  };
  const limits = { session: SESSION_LIMITS };
  const first = await startTestController({ observer, limits, epoch, clientMs: firstClientMs });
  const { secrets, agents, authority, server, address } = first;
  let controller: TestController | undefined = first;
  const fleet: FleetOfOne = {
    ...{ desired, objects, endings, authority, address, faults: witness.faults },
    ...{ withholdSnapshots: false, withholdEventsOf: undefined },
    token: await first.token(),
    newToken: () => first.token(),
    get sessions() {
      return sessions;
    },
    get epoch() {
      return epoch;
    },
    get heard() {
      return heard;
    },
    get link() {
      return link;
    },
    get agent() {
      return agents.get(PROVIDER_NAME);
    },
    tellSnapshot() {
      if (!link) return;
      for (const pod of desired.values()) tellObjects(link, pod, objects);
      link.snapshot([...desired.values()]);
    },
    wish(pod) {
      desired.set(pod.metadata.uid, pod);
      if (!link) return;
      tellObjects(link, pod, objects);
      link.upsert(pod);
    },
    forget({ metadata: { uid } }) {
      desired.delete(uid);
      witness.acknowledgedGone(uid);
      link?.acknowledgeGone(uid);
    },
    async leave() {
      const leaving = controller;
      controller = undefined;
      await leaving?.[Symbol.asyncDispose]();
    },
    removeProvider() {
      removed = agents.get(PROVIDER_NAME);
      agents.drop(PROVIDER_NAME);
    },
    get toldRemoved() {
      return agents.toldRemoved;
    },
    restoreProvider() {
      if (removed) agents.put(removed);
    },
    async comeBack() {
      epoch += 1;
      controller ??= await startTestController({
        ...{ observer, limits, epoch, secrets, agents, port: server.port },
      });
    },
    [Symbol.asyncDispose]: () => fleet.leave(),
  };
  return fleet;
}

function nothingHeard(): Heard {
  return {
    ...{ facts: undefined, vitals: undefined, heartbeats: 0, certifiedUntilMs: 0 },
    ...{ firstStatuses: new Map(), statuses: new Map(), gone: new Map(), events: [], stats: [] },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
