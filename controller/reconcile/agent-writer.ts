// What the reconcilers need to publish what they know of agents. kube/ implements it.
import type { Agent, AgentStatus } from '../model/agent.ts';
import type { AgentIdentity } from './agent-link.ts';

export interface AgentWriter {
  /**
   * Hands over the whole status wished for; the newest replaces an unwritten older one. The writer drops what the
   * object shows already, waits so that an agent's status is written at most once per 10 s (a changed `Ready` goes at
   * once), retries, and gives up when no object has this name and UID. Never blocks, never throws.
   */
  publishStatus(agent: AgentIdentity, status: AgentStatus): void;
  /**
   * Takes our finalizer away, so that an agent that is being removed can vanish. Resolves when it is done or there is
   * nothing to do; rejects when the API server refuses or cannot be asked.
   */
  release(agent: Agent): Promise<void>;
}
