// Deletes pods that must leave their agent: because it is lost and their toleration of that is over, or because a NoExecute
// taint drives them off. Since when either is so stands in the Agent's status, so a restart of the controller resets no
// clock; but a lost agent is given up only after this process, too, has waited for it in vain. The deleted pods stay
// Terminating until the agent confirms that they have stopped.
import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { isTerminal, type Pod, podKey } from '../../common/pod.ts';
import { AGENT_SILENCE_MS } from '../model/agent-status.ts';
import { drivenOffMs } from '../model/driven-off.ts';
import { evictionDueMs, type LostAgent, vanishedTogether } from '../model/lost-agent.ts';
import type { AgentEntry, AgentRegistry } from './agent-registry.ts';
import type { Evictor } from './evictor.ts';
import type { PodController } from './pod-controller.ts';

export interface TaintEvictionsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: AgentRegistry;
  readonly pods: Pick<PodController, 'started' | 'podsOn'>;
  readonly evictor: Pick<Evictor, 'evict'>;
}

export interface TaintEvictions {
  /** Looks every second until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_MS = 1000;

interface Lost extends LostAgent {
  readonly entry: AgentEntry;
  readonly name: string;
}

export function createTaintEvictions({
  clock,
  log,
  registry,
  pods,
  evictor,
}: TaintEvictionsOptions): TaintEvictions {
  const spared = new Set<string>();

  const look = () => {
    if (!registry.synced || !pods.started) return;
    const entries = [...registry.entries()];
    const lost = entries.flatMap((entry) => lostAgent(entry) ?? []);
    const ready = entries.filter((entry) => entry.object && registry.isReady(entry)).length;
    for (const agent of lost) {
      if (registry.silenceMs(agent.entry) < AGENT_SILENCE_MS) continue;
      if (vanishedTogether(agent, { lost, ready })) {
        if (!spared.has(agent.name)) log.warn({ agent: agent.name }, SPARED);
        spared.add(agent.name);
        continue;
      }
      spared.delete(agent.name);
      evictFrom(agent);
    }
    for (const entry of entries) evictDriven(entry);
  };

  const evict = (pod: Pod, why: string, holds: () => boolean) =>
    evictor.evict(pod.metadata.uid, {
      condition: {
        reason: 'DeletionByTaintManager',
        message: `Taint manager: deleting due to NoExecute taint (${why})`,
      },
      event: {
        type: 'Normal',
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod ${podKey(pod)}`,
      },
      holds,
    });

  const evictFrom = ({ entry, name, sinceMs }: Lost) => {
    for (const pod of pods.podsOn(entry.uid)) {
      const dueMs = evictionDueMs(pod, { sinceMs });
      if (dueMs === undefined || dueMs > clock.now()) continue;
      evict(pod, `agent ${name} is unreachable`, () => !registry.isReady(entry));
    }
  };

  const evictDriven = (entry: AgentEntry) => {
    for (const taint of entry.status?.taints ?? []) {
      const { key } = taint;
      for (const pod of pods.podsOn(entry.uid)) {
        const dueMs = drivenOffMs(pod, taint);
        const isEnding = pod.metadata.deletionTimestamp !== undefined || isTerminal(pod.status);
        if (isEnding || dueMs === undefined || dueMs > clock.now()) continue;
        const holds = () => entry.status?.taints?.some((there) => there.key === key) ?? false;
        evict(pod, `${key} of agent ${entry.object?.metadata.name}`, holds);
      }
    }
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

const SPARED =
  'most agents vanished together: the cause may be here, so their pods are not deleted; see the network of the controller';

/** As its object says; undefined: it is not lost. */
function lostAgent(entry: AgentEntry): Lost | undefined {
  const { object, status } = entry;
  const ready = (status ?? object?.status)?.conditions?.find(({ type }) => type === 'Ready');
  const sinceMs = Date.parse(ready?.lastTransitionTime ?? '');
  if (!object || ready?.status !== 'False' || Number.isNaN(sinceMs)) return undefined;
  return { entry, name: object.metadata.name, sinceMs };
}
