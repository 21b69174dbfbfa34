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
      const { object, clearing: before } = entry;
      const wish = object && wishOf(object, { isPerAgent });
      if (!object || !wish) {
        delete entry.clearing;
        if (before) onChange(entry);
        continue;
      }
      entry.clearing = clear(entry, object, wish);
      if (!before || !isSameJson(drainedCondition(before), drainedCondition(entry.clearing))) onChange(entry);
    }
  };

  const clear = (entry: AgentEntry, object: Agent, { rules, ...wish }: Wish): ClearingState => {
    const holds = () => entry.object !== undefined && wishOf(entry.object, { isPerAgent }) !== undefined;
    return {
      ...clearAgent(entry.uid, { rules, ...wish, holds }, options),
      unseen: pods.unseenOn(entry.uid),
      isUnreachable: !registry.isReady(entry),
      generation: object.metadata.generation ?? 0,
      word: object.metadata.deletionTimestamp && `${DECLARED_GONE_ANNOTATION}=${entry.uid}`,
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

type Wish = Omit<ClearingWish, 'holds'>;

/** Undefined: its pods stay. */
function wishOf(
  { metadata, spec: { drain } }: Agent,
  { isPerAgent }: { readonly isPerAgent: boolean },
): Wish | undefined {
  const event = (why: string) =>
    ({ type: 'Normal', reason: 'Evicted', message: `agent ${metadata.name} is being ${why}` }) as const;
  if (metadata.deletionTimestamp !== undefined) return { rules: EVERYTHING, event: event('removed') };
  if (!drain) return undefined;
  const { force = false, deleteEmptyDirData = false, ignoreDaemonSets = false, gracePeriodSeconds } = drain;
  const rules = { force, deleteEmptyDirData, ignoreDaemonSets: ignoreDaemonSets || isPerAgent };
  return { rules, gracePeriodSeconds, event: event('drained') };
}
