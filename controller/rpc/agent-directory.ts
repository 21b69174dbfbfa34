// What this room needs to know of the fleet: which agents exist and which key each may present.
import type { AgentIdentity } from '../../common/agent-identity.ts';
import type { Agent } from '../model/agent.ts';

export interface AgentDirectory {
  /** From memory; undefined when there is no such Agent object. */
  get(name: string): Agent | undefined;
  /**
   * Whether the agent is no longer of the fleet, asked of the API server itself: what is in memory is not proof enough to
   * stop pods for. Rejects when it cannot be asked.
   */
  isRemoved(agent: AgentIdentity): Promise<boolean>;
  /** Its part of the fleet's pod addresses, as Welcome says it. Never rejects. */
  podCidr(name: string): Promise<string>;
  /**
   * Makes the Agent object and resolves once `get` returns it. Rejects with `already-exists` when the name is taken
   * (`get` then returns who has it), `unavailable` when the API server cannot be asked.
   */
  create(agent: NewAgent): Promise<Agent>;
}

export interface NewAgent {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly publicKeyHash: string;
}
