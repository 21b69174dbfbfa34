// Gives machines back to their owners: while an agent is in quiet hours or yields, its pods are evicted, the owner's word
// counting for more than whether somebody makes them anew. What has ended stays to be read, and while an agent is not heard
// of nothing is evicted: it could stop nothing, and hears of it when it is back. A disruption budget still holds; an event
// about the Agent then says whose. Where the cluster chooses machines it is first let know that this one takes no pods, or
// it would send there what was evicted; what it bound to it just before leaves as well, for nobody else moves that. Whoever
// binds pods to it later ignores that it takes none, and would only make them anew there: these wait.
import type { Clock } from '../../common/clock.ts';
import { isTerminal, type Pod, podKey } from '../../common/pod.ts';
import type { AgentStatus } from '../model/agent.ts';
import type { DrainRules } from '../model/drain.ts';
import { restingOf, restingSinceMs } from '../model/guest/guest-conditions.ts';
import { type Clearing, type ClearingWish, clearAgent } from './agent-clearing.ts';
import type { AgentEntry, AgentRegistry } from './agent-registry.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { GracefulEvictor } from './graceful-evictor.ts';
import type { PodController } from './pod-controller.ts';

export interface GuestEvictionsOptions {
  readonly clock: Clock;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'started' | 'heldOn' | 'waitingByNode'>;
  readonly evictor: Pick<GracefulEvictor, 'evict' | 'refusal'>;
  readonly events: EventRecorder;
  /** Where the cluster sees every machine, a DaemonSet makes its pod anew on the same one at once. */
  readonly isPerAgent: boolean;
  /** Whether this node of an agent shows that it takes no pods. */
  readonly isClosed: (nodeName: string) => boolean;
}

export interface GuestEvictions {
  /** Looks every second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 1000;
/** No owner waits longer for the cluster to see that the machine takes no pods. */
const CLOSING_MS = 10_000;
/**
 * Who made a pod until then could not know. By the API server's clock, which may be seconds behind ours: well before what is
 * bound is evicted, so that what replaces it is younger.
 */
const UNAWARE_MS = 5000;
const MAX_MESSAGE = 1024;

export function createGuestEvictions(options: GuestEvictionsOptions): GuestEvictions {
  const { clock, registry, pods, evictor, events, isPerAgent, isClosed } = options;
  const rules: DrainRules = { force: true, deleteEmptyDirData: true, ignoreDaemonSets: isPerAgent };
  const nodeOf = (uid: string) => (isPerAgent ? registry.nodeShowing(uid) : undefined);
  /** Of the last look, once somebody has asked. */
  let waiting: ReadonlyMap<string, readonly Pod[]> | undefined;
  /** What waits there and was made by who could not know; once that is all there. */
  const boundBefore = (uid: string): readonly Pod[] => {
    const nodeName = nodeOf(uid);
    const sinceMs = restingSinceMs(statusOf(registry.get(uid)));
    if (nodeName === undefined || clock.now() - sinceMs < CLOSING_MS) return [];
    waiting ??= pods.waitingByNode();
    const isUnaware = ({ metadata: { creationTimestamp = '' } }: Pod) =>
      Date.parse(creationTimestamp) <= sinceMs + UNAWARE_MS;
    return (waiting.get(nodeName) ?? []).filter(isUnaware);
  };
  const running = {
    heldOn: (uid: string) => [
      ...pods.heldOn(uid).filter(({ status }) => !isTerminal(status)),
      ...boundBefore(uid),
    ],
  };
  /** What was told of each agent. */
  const told = new Map<string, string>();
  const telling = new Set<Promise<void>>();

  const isTimeFor = (uid: string, status: AgentStatus): boolean => {
    const nodeName = nodeOf(uid);
    if (nodeName === undefined || isClosed(nodeName)) return true;
    return clock.now() - restingSinceMs(status) >= CLOSING_MS;
  };

  /** Undefined: its pods stay. */
  const wishOf = (entry: AgentEntry): ClearingWish | undefined => {
    const { uid, object } = entry;
    const status = statusOf(entry);
    const why = restingOf(status);
    if (!why || !registry.isReady(entry) || !isTimeFor(uid, status)) return undefined;
    const message = `agent ${object?.metadata.name} is ${why}`;
    return { rules, event: { type: 'Normal', reason: 'Evicted', message } };
  };

  const tellHeld = ({ uid, object }: AgentEntry, { held }: Clearing): void => {
    const lines = held.map(({ pod, why }) => `${podKey(pod)}: ${why}`).sort();
    const message = lines.join('; ').slice(0, MAX_MESSAGE);
    if (!object || message === (told.get(uid) ?? '')) return;
    told.set(uid, message);
    if (message === '') return;
    const about = { kind: 'Agent', name: object.metadata.name, uid } as const;
    const recorded = events.record({ about, type: 'Warning', reason: 'PodsStay', message });
    telling.add(recorded);
    void recorded.finally(() => telling.delete(recorded));
  };

  const look = (): void => {
    if (!registry.synced || !pods.started) return;
    waiting = undefined;
    for (const entry of registry.entries()) {
      const cleared = clearAgent(entry.uid, () => wishOf(entry), { pods: running, evictor });
      if (cleared) tellHeld(entry, cleared);
      else told.delete(entry.uid);
    }
    for (const uid of told.keys()) if (!registry.get(uid)) told.delete(uid);
  };

  return {
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        if (!signal.aborted) look();
      }
      await Promise.all(telling);
    },
  };
}

/** The newest. */
function statusOf(entry: AgentEntry | undefined): AgentStatus {
  return entry?.status ?? entry?.object?.status ?? {};
}
