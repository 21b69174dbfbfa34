import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import type { Agent } from '../../../../controller/model/agent.ts';
import { parsePodRange } from '../../../../controller/model/pod-cidrs.ts';
import type { EventRecord } from '../../../../controller/reconcile/event-recorder.ts';
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

interface CidrsWish {
  /** Undefined: agents get none. */
  readonly range?: string | undefined;
  readonly told?: EventRecord[];
}

function cidrsOf(agents: Agents, wish: CidrsWish = {}) {
  const { range, told = [] } = { range: '10.208.0.0/22', ...wish };
  const record = async (event: EventRecord) => void told.push(event);
  return createPodCidrs({
    range: range === undefined ? undefined : parsePodRange(range),
    agents,
    events: { record },
    log,
  });
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
    const cidrs = cidrsOf(agents, { range: '10.208.0.0/24' });
    assert.equal(await cidrs.of('a'), '10.208.0.0/24');
    assert.equal(await cidrs.of('b'), '');
    agents.remove('a');
    assert.equal(await cidrs.of('b'), '10.208.0.0/24');
    assert.equal(await cidrs.of('nobody'), '');
  });

  it('are not said where somebody wrote what is no range, which would keep the agent out', async () => {
    for (const wrong of ['10.217.32.7/24', '999.1.2.3/24', '10.0.0.0/33']) {
      const agents = new Agents();
      agents.add('a', wrong);
      const told: EventRecord[] = [];
      assert.equal(await cidrsOf(agents, { told }).of('a'), '', wrong);
      assert.deepEqual(
        told.map(({ about, reason, message }) => [about.name, reason, message.includes(wrong)]),
        [['a', 'InvalidPodCIDR', true]],
      );
      assert.equal(agents.writes, 0, 'what an operator wrote is not written over');
    }
  });

  it('are none where none are to be given', async () => {
    const agents = new Agents();
    agents.add('a');
    assert.equal(await cidrsOf(agents, { range: undefined }).of('a'), 'none');
  });
});
