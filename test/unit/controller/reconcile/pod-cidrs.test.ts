import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import type { Agent } from '../../../../controller/model/agent.ts';
import { parsePodRange } from '../../../../controller/model/pod-cidrs.ts';
import { createPodCidrs } from '../../../../controller/reconcile/pod-cidrs.ts';

class Agents {
  readonly #agents = new Map<string, Agent>();
  /** As a watch that lags behind: what was written is not in the list. */
  lagging = false;
  failures = 0;
  writes = 0;

  add(name: string, podCIDR?: string): void {
    const metadata = { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '' };
    const spec = { publicKeyHash: '', ...(podCIDR ? { podCIDR } : {}) };
    this.#agents.set(name, { apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', metadata, spec });
  }
  remove(name: string): void {
    this.#agents.delete(name);
  }
  list(): readonly Agent[] {
    return [...this.#agents.values()];
  }
  get(name: string): Agent | undefined {
    return this.#agents.get(name);
  }
  async setPodCidr(agent: Agent, podCIDR: string): Promise<Agent> {
    this.writes++;
    if (this.failures-- > 0) throw new Error('changed meanwhile');
    const next = { ...agent, spec: { ...agent.spec, podCIDR } };
    if (!this.lagging) this.#agents.set(agent.metadata.name, next);
    return next;
  }
}

const log = createLog({ name: 'test', level: 'silent' });

function cidrsOf(agents: Agents, range = '10.208.0.0/22') {
  return createPodCidrs({ range: parsePodRange(range), agents, log });
}

describe('pod addresses for agents', () => {
  it('are on record before they are said, and stay', async () => {
    const agents = new Agents();
    agents.add('a');
    agents.add('b', '10.208.0.0/24');
    const cidrs = cidrsOf(agents);
    assert.equal(await cidrs.of('b'), '10.208.0.0/24');
    assert.equal(await cidrs.of('a'), '10.208.1.0/24');
    assert.equal(agents.get('a')?.spec.podCIDR, '10.208.1.0/24');
    assert.equal(await cidrsOf(agents).of('a'), '10.208.1.0/24');
    assert.equal(agents.writes, 1);
  });

  it('are different for agents that come at once, whatever the list shows yet', async () => {
    const agents = new Agents();
    agents.lagging = true;
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) agents.add(name);
    const cidrs = cidrsOf(agents);
    const given = await Promise.all(names.map((name) => cidrs.of(name)));
    assert.equal(new Set(given).size, 4);
    assert.equal(await cidrs.of('a'), given[0]);
  });

  it('are tried again when the object has changed, and left as they were when that does not help', async () => {
    const agents = new Agents();
    agents.add('a');
    agents.failures = 2;
    assert.equal(await cidrsOf(agents).of('a'), '10.208.0.0/24');
    agents.add('b');
    agents.failures = 3;
    assert.equal(await cidrsOf(agents).of('b'), '');
  });

  it('run out without harm, and those of agents that are gone are given again', async () => {
    const agents = new Agents();
    for (const name of ['a', 'b']) agents.add(name);
    const cidrs = cidrsOf(agents, '10.208.0.0/24');
    assert.equal(await cidrs.of('a'), '10.208.0.0/24');
    assert.equal(await cidrs.of('b'), '');
    agents.remove('a');
    assert.equal(await cidrs.of('b'), '10.208.0.0/24');
    assert.equal(await cidrs.of('nobody'), '');
  });

  it('are those around an address that somebody wrote, and nobody else’s', async () => {
    const agents = new Agents();
    agents.add('a', '10.208.0.7/24');
    agents.add('b');
    const cidrs = cidrsOf(agents);
    assert.equal(await cidrs.of('b'), '10.208.1.0/24');
    assert.equal(await cidrs.of('a'), '10.208.0.0/24');
  });

  it('are none where none are to be given', async () => {
    const agents = new Agents();
    agents.add('a');
    assert.equal(await createPodCidrs({ range: undefined, agents, log }).of('a'), 'none');
  });
});
