// Clears agents of their pods: those that are drained, for as long as their objects say so, and those that are being removed,
// of everything. Looks every second at all that is; a new controller goes on where the last one was.
import type { Clock } from '../../common/clock.ts';
import { DECLARED_GONE_ANNOTATION } from '../../common/names.ts';
import type { Agent } from '../model/agent.ts';
import { type ClearingState, drainedCondition } from '../model/clearing.ts';
import { EVERYTHING } from '../model/drain.ts';
import { isSameJson } from '../model/same-json.ts';
import { type ClearingWish, clearAgent } from './agent-clearing.ts';
import type { AgentEntry, AgentRegistry } from './agent-registry.ts';
import type { GracefulEvictor } from './graceful-evictor.ts';
import type { PodController } from './pod-controller.ts';

export interface AgentClearingsOptions {
  readonly clock: Clock;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'started' | 'heldOn' | 'unseenOn'>;
  readonly evictor: Pick<GracefulEvictor, 'evict' | 'refusal'>;
  /** Where the cluster sees every machine, a DaemonSet makes its pod anew on the same one at once. */
  readonly isPerAgent: boolean;
  /** The agent's status is to be looked at. */
  readonly onChange: (entry: AgentEntry) => void;
}

export interface AgentClearings {
  /** Looks every second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 1000;

export function createAgentClearings(options: AgentClearingsOptions): AgentClearings {
  const { clock, registry, pods, isPerAgent, onChange } = options;

  const look = () => {
    if (!registry.synced || !pods.started) return;
    for (const entry of registry.entries()) {
      const before = entry.clearing;
      const now = clear(entry);
      if (!before && !now) continue;
      if (now) entry.clearing = now;
      else delete entry.clearing;
      const [was, is] = [before && drainedCondition(before), now && drainedCondition(now)];
      if (!isSameJson(was, is)) onChange(entry);
    }
  };

  const clear = (entry: AgentEntry): ClearingState | undefined => {
    const wishNow = () => entry.object && wishOf(entry.object, { isPerAgent });
    const cleared = clearAgent(entry.uid, wishNow, options);
    if (!cleared || !entry.object) return undefined;
    const { generation = 0, deletionTimestamp } = entry.object.metadata;
    return {
      ...cleared,
      unseen: pods.unseenOn(entry.uid),
      isUnreachable: !registry.isReady(entry),
      generation,
      word: deletionTimestamp && `${DECLARED_GONE_ANNOTATION}=${entry.uid}`,
    };
  };

  return {
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => undefined);
        if (!signal.aborted) look();
      }
    },
  };
}

/** Undefined: its pods stay. */
function wishOf(
  { metadata, spec: { drain } }: Agent,
  { isPerAgent }: { readonly isPerAgent: boolean },
): ClearingWish | undefined {
  const event = (why: string) =>
    ({ type: 'Normal', reason: 'Evicted', message: `agent ${metadata.name} is being ${why}` }) as const;
  if (metadata.deletionTimestamp !== undefined) return { rules: EVERYTHING, event: event('removed') };
  if (!drain) return undefined;
  const { force = false, deleteEmptyDirData = false, ignoreDaemonSets = false, gracePeriodSeconds } = drain;
  const rules = { force, deleteEmptyDirData, ignoreDaemonSets: ignoreDaemonSets || isPerAgent };
  return { rules, gracePeriodSeconds, event: event('drained') };
}
