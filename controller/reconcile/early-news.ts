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
  // By agent too: nobody's word may replace another's.
  readonly #items = new Map<string, EarlyItem>();

  keep(agent: AgentIdentity, podUid: string, news: PodNews): void {
    const key = `${agent.uid}/${podUid}`;
    const known = this.#items.get(key);
    if (!known && this.#items.size >= MAX_ITEMS) return;
    this.#items.set(key, { ...known, ...news, agent, podUid });
  }

  /** A new session says all of it anew. */
  dropAgent(agentUid: string): void {
    for (const [key, { agent }] of this.#items) if (agent.uid === agentUid) this.#items.delete(key);
  }

  takeAll(): EarlyItem[] {
    const items = [...this.#items.values()];
    this.#items.clear();
    return items;
  }
}
