// A working directory of Agent objects in memory.
import { randomUUID } from 'node:crypto';
import { LongshoreError } from '../../common/errors.ts';
import { type Agent, isDeclaredGone } from '../../controller/model/agent.ts';
import { type AgentChange, changedSpec } from '../../controller/model/agent-change.ts';
import type { AgentDirectory, NewAgent } from '../../controller/rpc/agent-directory.ts';

export class MemoryAgents implements AgentDirectory {
  readonly #agents = new Map<string, Agent>();

  get all(): readonly Agent[] {
    return [...this.#agents.values()];
  }

  async podCidr(): Promise<string> {
    return 'none';
  }

  get(name: string): Agent | undefined {
    return this.#agents.get(name);
  }

  async create({ name, labels, publicKeyHash }: NewAgent): Promise<Agent> {
    if (this.#agents.has(name)) throw new LongshoreError('already-exists', `agent ${name} exists`);
    const agent: Agent = {
      apiVersion: 'longshore.dev/v1alpha1',
      kind: 'Agent',
      metadata: { name, uid: randomUUID(), resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { labels, publicKeyHash },
    };
    this.#agents.set(name, agent);
    return agent;
  }

  async change(name: string, change: AgentChange): Promise<{ agent: Agent; changed: boolean }> {
    const agent = this.#agents.get(name);
    if (!agent) throw new LongshoreError('not-found', `there is no agent '${name}'`);
    const spec = changedSpec(agent.spec, change);
    if (!spec) return { agent, changed: false };
    const changed = { ...agent, spec: { ...agent.spec, ...spec } };
    this.#agents.set(name, changed);
    return { agent: changed, changed: true };
  }

  /** How often somebody was found to be removed, and is told so. */
  toldRemoved = 0;

  async isRemoved({ name, uid }: { readonly name: string; readonly uid: string }): Promise<boolean> {
    const found = this.#agents.get(name);
    const isRemoved = found?.metadata.uid !== uid || isDeclaredGone(found);
    if (isRemoved) this.toldRemoved += 1;
    return isRemoved;
  }

  readonly removals: object[] = [];

  async remove(agent: object, how: object): Promise<void> {
    this.removals.push({ ...agent, ...how });
  }

  put(agent: Agent): void {
    this.#agents.set(agent.metadata.name, agent);
  }

  /** As it is in the end. */
  drop(name: string): void {
    this.#agents.delete(name);
  }
}
