// The seam between the reconcilers and the agents' sessions. rpc/ implements AgentLink and calls AgentObserver; the
// reconcilers implement AgentObserver and call AgentLink; app.ts joins the two.
import type { MetricFamily } from '../../common/metrics/family.ts';
import type { Pod, PodStatus } from '../../common/pod.ts';
import type { MachineFacts__Output } from '../../proto/gen/longshore/v1/MachineFacts.ts';
import type { PodEvent__Output } from '../../proto/gen/longshore/v1/PodEvent.ts';
import type { StatsReport__Output } from '../../proto/gen/longshore/v1/StatsReport.ts';
import type { OwnerReading } from '../model/guest/yield.ts';
import type { HeldImage } from '../model/held-images.ts';
import type { AgentStream, StreamRequest } from './agent-stream.ts';
import type { ObjectState } from './object-source.ts';

export interface AgentIdentity {
  readonly name: string;
  readonly uid: string;
}

/**
 * One live session with an agent. No method blocks: messages queue in order behind HTTP/2 flow control, the newest
 * message about a pod replaces an unsent older one, and a link that has died drops them (the next session starts with
 * a snapshot).
 */
export interface AgentLink {
  readonly agent: AgentIdentity;
  /** The objects that the agent held when the session began: their revisions, by key. */
  readonly held: ReadonlyMap<string, string>;
  /**
   * What an object is that its pods refer to; when it is unknown the agent keeps what it holds. Those of the snapshot's
   * pods come before it: afterwards the agent drops what was not named.
   */
  object(key: string, state: ObjectState): void;
  dropObject(key: string): void;
  /** Everything the agent shall hold; from then on it stops what is not in it. Once per session, first of all. */
  snapshot(pods: readonly Pod[]): void;
  /** Idempotent. Before `snapshot` it does nothing. */
  upsert(pod: Pod): void;
  /** The object vanished without a graceful delete. Idempotent. */
  remove(uid: string, graceSeconds: number): void;
  /** The pod's end is recorded at the API server: the agent may forget it. Idempotent. */
  acknowledgeGone(uid: string): void;
  /** Measure what the machine and its pods use at this pace, for so long from now on. Idempotent. */
  watchStats(wish: { readonly periodMs: number; readonly forMs: number }): void;
  /**
   * Resolves once the agent has accepted the request. Aborting the signal cancels at the agent, at any time. Rejects
   * with a LongshoreError: `not-found`, `invalid` (message as the kubelet words it) or `unavailable`.
   */
  openStream(request: StreamRequest, signal: AbortSignal): Promise<AgentStream>;
  /** The agent will tell what it measures, if it does. */
  askMetrics(): void;
  /** Those that the machine shall not remove; each time all of them. */
  keepImages(images: readonly string[]): void;
  /** Ends the session and its streams, with a reason for the agent's log. */
  close(reason: string): void;
}

/** What a heartbeat tells of a machine. */
export interface Vitals {
  /** What time it is there, Unix milliseconds; 0: not told. */
  readonly timeMs: number;
  /** By the machine as a whole; undefined: not told. */
  readonly used?: { readonly cpuMilli: number; readonly memoryBytes: number };
  /** What matters to its owner; undefined: not told. */
  readonly owner?: OwnerReading;
}

/** What sessions tell. Calls come in the order the agent sent them; none may throw. */
export interface AgentObserver {
  /** A session is up (Hello accepted). A newer link of the same agent replaces the older one. */
  connected(link: AgentLink, hello: { readonly agentVersion: string; readonly bootId: string }): void;
  /** When its certificate runs out, Unix milliseconds; told when a session begins and after a renewal. */
  certified(agent: AgentIdentity, expiresAtMs: number): void;
  facts(agent: AgentIdentity, facts: MachineFacts__Output): void;
  /** Those it holds, each time all that it tells of. */
  images(agent: AgentIdentity, images: readonly HeldImage[]): void;
  /** Something was heard of the agent; at most once a second. */
  alive(agent: AgentIdentity): void;
  /** What it measures of itself, asked or not. */
  metrics(link: AgentLink, families: readonly MetricFamily[]): void;
  /** Every few seconds. */
  vitals(agent: AgentIdentity, vitals: Vitals): void;
  /** While it was asked to measure. */
  stats(agent: AgentIdentity, report: StatsReport__Output): void;
  report(agent: AgentIdentity, podUid: string, status: PodStatus): void;
  /** The pod's containers are gone for good. Repeated by the agent until acknowledged. */
  gone(agent: AgentIdentity, podUid: string, status: PodStatus | undefined): void;
  /** Resolves when the event is recorded or has been given up; only then is it acknowledged. */
  event(agent: AgentIdentity, event: PodEvent__Output): Promise<void>;
  /** Exactly once per connected link. */
  disconnected(link: AgentLink, reason: string): void;
}
