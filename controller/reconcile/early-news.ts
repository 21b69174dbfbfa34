// What agents said of pods before it was known which pods there are: the newest per agent and pod, kept until the
// first lists are complete. Bounded: beyond that agents say it again with their next session.
import type { PodStatus } from '../../common/pod.ts';
import type { AgentIdentity } from './agent-link.ts';

export interface PodNews {
  readonly report?: PodStatus;
  readonly gone?: { readonly status: PodStatus | undefined };
}

export interface EarlyItem extends PodNews {
  readonly agent: AgentIdentity;
  readonly podUid: string;
}

const MAX_ITEMS = 50_000;

export class EarlyNews {
  // By agent, then by pod: nobody's word may replace another's.
  readonly #byAgent = new Map<string, Map<string, EarlyItem>>();
  #size = 0;

  keep(agent: AgentIdentity, podUid: string, news: PodNews): void {
    const items = this.#byAgent.get(agent.uid) ?? new Map<string, EarlyItem>();
    const known = items.get(podUid);
    if (!known && this.#size >= MAX_ITEMS) return;
    if (!known) this.#size += 1;
    this.#byAgent.set(agent.uid, items.set(podUid, { ...known, ...news, agent, podUid }));
  }

  /** A new session says all of it anew. */
  dropAgent(agentUid: string): void {
    this.#size -= this.#byAgent.get(agentUid)?.size ?? 0;
    this.#byAgent.delete(agentUid);
  }

  takeAll(): EarlyItem[] {
    const items = [...this.#byAgent.values()].flatMap((ofAgent) => [...ofAgent.values()]);
    this.#byAgent.clear();
    this.#size = 0;
    return items;
  }
}
