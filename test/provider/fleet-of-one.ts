// The controller's side of the conformance tests: the real gRPC server with its checks of every message, over stores in
// memory, and an observer that keeps what the provider says and gives it what the test wishes for.
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { Agent } from '../../controller/model/agent.ts';
import type { AgentLink, AgentObserver } from '../../controller/reconcile/agent-link.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import { tellObjects } from '../kit/empty-objects.ts';
import { startTestController, type TestController } from '../kit/rpc-fixture.ts';

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

export interface FleetOfOne extends AsyncDisposable {
  /** What the provider shall hold, by UID; told whole at the beginning of a session. */
  readonly desired: Map<string, Pod>;
  /** The newest report of each pod in this session. */
  readonly statuses: Map<string, PodStatus>;
  /** What pods refer to, by the wire's keys, as JSON; what is not in it is empty. */
  readonly objects: Map<string, object>;
  /** Each time this session said that a pod is gone. */
  readonly gone: ReadonlyMap<string, readonly (PodStatus | undefined)[]>;
  /** What it has said that it uses, newest last. */
  readonly stats: readonly StatsReport__Output[];
  /** Why sessions ended. */
  readonly endings: readonly string[];
  readonly sessions: number;
  /** In this session. */
  readonly heartbeats: number;
  /** Sessions begin, and no snapshot is sent in them. */
  withholdSnapshots: boolean;
  readonly link: AgentLink | undefined;
  readonly address: string;
  readonly token: string;
  readonly authority: TestController['authority'];
  /** Wished for from now on, and told at once. */
  wish(pod: Pod): void;
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

export async function startFleetOfOne(): Promise<FleetOfOne> {
  const desired = new Map<string, Pod>();
  const statuses = new Map<string, PodStatus>();
  const gone = new Map<string, (PodStatus | undefined)[]>();
  const endings: string[] = [];
  const objects = new Map<string, object>();
  const stats: StatsReport__Output[] = [];
  let link: AgentLink | undefined;
  let removed: Agent | undefined;
  let sessions = 0;
  let heartbeats = 0;
  let epoch = EARLIER_EPOCH + 1;
  const observer: AgentObserver = {
    connected(newest) {
      sessions += 1;
      link = newest;
      heartbeats = 0;
      statuses.clear();
      gone.clear();
      if (fleet.withholdSnapshots) return;
      for (const pod of desired.values()) tellObjects(newest, pod, objects);
      newest.snapshot([...desired.values()]);
    },
    certified() {},
    facts() {},
    alive() {},
    vitals: () => void heartbeats++,
    images() {},
    metrics() {},
    stats: (_agent, report) => void stats.push(report),
    report: (_agent, uid, status) => void statuses.set(uid, status),
    gone: (_agent, uid, status) => void gone.set(uid, [...(gone.get(uid) ?? []), status]),
    event: async () => {},
    disconnected(ended, reason) {
      endings.push(reason);
      if (link === ended) link = undefined;
    },
  };
  const limits = { session: SESSION_LIMITS };
  const first = await startTestController({ observer, limits, epoch });
  const { secrets, agents, authority, server, address } = first;
  let controller: TestController | undefined = first;
  const fleet: FleetOfOne = {
    ...{ desired, statuses, objects, gone, stats, endings, authority, address, withholdSnapshots: false },
    token: await first.token(),
    get sessions() {
      return sessions;
    },
    get heartbeats() {
      return heartbeats;
    },
    get link() {
      return link;
    },
    wish(pod) {
      desired.set(pod.metadata.uid, pod);
      if (!link) return;
      tellObjects(link, pod, objects);
      link.upsert(pod);
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
