// Who is of the fleet, and says so by a certificate that counts, that has run out, or that is no longer anybody's.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Membership, openMembership } from '../../../agent/link/membership.ts';
import { createLog } from '../../../common/log.ts';
import type { Agent } from '../../../controller/model/agent.ts';
import { eventually } from '../../kit/eventually.ts';
import type { MemoryAgents } from '../../kit/memory-agents.ts';
import { MemoryPodHost } from '../../kit/memory-pod-host.ts';
import { MemoryMembership, startTestController, startTestLink, testPod } from '../../kit/rpc-fixture.ts';
import { joined, observerOf, refusal, SHORT_SILENCE } from '../../kit/rpc-session.ts';

type Meddling = (world: {
  readonly agents: MemoryAgents;
  readonly agent: Agent;
  readonly membership: Membership;
}) => unknown;

describe('a session, and whether its agent is of the fleet', () => {
  it('ends at once when its agent is cut off, and is not taken up again', async () => {
    await using controller = await startTestController();
    const observer = observerOf(controller);
    const { membership, joined: identity } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => agent.host.retained.length === 1);
    observer.link.upsert(testPod('a'));
    await eventually(() => agent.host.pods.has('a'));
    controller.agents.drop(identity.name);
    observer.link.close('the agent was removed');
    assert.deepEqual(observer.disconnects, ['the agent was removed']);
    await eventually(() => {
      const state = agent.link.state();
      return state.kind === 'connecting' && /not of this fleet any more/.test(state.lastFailure ?? '');
    });
    assert.deepEqual([...agent.host.pods.keys()], [], 'it was told that it is removed, and stopped its pods');
    assert.deepEqual(agent.host.gone(), [], 'nobody waits for the word that they have stopped');
  });

  it('of an agent whose certificate has run out meanwhile is no way around its removal', async () => {
    await using controller = await startTestController({ clientMs: -1000 });
    const store = new MemoryMembership();
    const { membership, joined: identity } = await joined(controller, 'garage-pi', store);
    controller.agents.drop(identity.name);
    const host = new MemoryPodHost();
    await host.apply(testPod('a'));
    const said: string[] = [];
    const log = createLog({ name: 'test', level: 'info', stream: { write: (line) => said.push(line) } });
    await using link = startTestLink({ membership, host, address: controller.address, log });
    await eventually(() => host.pods.size === 0, { what: 'the end of its pods' });
    await eventually(() => controller.agents.toldRemoved > 1, { what: 'another call' });
    assert.match(refusal(link) ?? '', /not of this fleet any more/);
    assert.equal(said.length, 1, 'one line, however often it calls');
    assert.match(said[0] ?? '', /removed from the fleet.*longshore tokens create.*uninstall/);
    assert.equal((await openMembership(store)).record.removed, true);
  });

  it('of an agent whose certificate has run out is not that of another made by hand with its name and key', async () => {
    await using controller = await startTestController({ clientMs: -1000 });
    const { agents } = controller;
    const { membership, joined: identity } = await joined(controller);
    const { name } = identity;
    const { publicKeyHash = '' } = agents.get(name)?.spec ?? {};
    agents.drop(name);
    await agents.create({ name, labels: {}, publicKeyHash });
    const host = new MemoryPodHost();
    await host.apply(testPod('a'));
    await using link = startTestLink({ membership, host, address: controller.address });
    await eventually(() => host.pods.size === 0, { what: 'the end of its pods' });
    await eventually(() => refusal(link) !== undefined);
  });

  it('of an agent that is being removed is taken up though its certificate has run out, for its last word', async () => {
    await using expired = await startTestController({ clientMs: -1000 });
    const { membership, joined: identity } = await joined(expired);
    const agent = expired.agents.get(identity.name);
    assert.ok(agent);
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    expired.agents.put({ ...agent, metadata: { ...agent.metadata, deletionTimestamp } });
    await using good = await startTestController({ secrets: expired.secrets, agents: expired.agents });
    await using link = startTestLink({ membership, address: good.address });
    await eventually(() => link.host.retained.length === 1, { timeoutMs: 15_000 });
  });

  for (const [certificate, clientMs] of [
    ['a certificate that counts', undefined],
    ['a certificate that has run out', -1000],
  ] as const)
    it(`with ${certificate} tells the agent to stop its pods for nothing less than its removal`, async () => {
      for (const [what, change] of [
        [
          'another key',
          ({ agents, agent }) => agents.put({ ...agent, spec: { ...agent.spec, publicKeyHash: '0' } }),
        ],
        [
          'an API server that is away',
          ({ agents, agent }) => {
            agents.drop(agent.metadata.name);
            Object.assign(agents, { isRemoved: () => Promise.reject(new Error('away')) });
          },
        ],
        [
          'an older leader',
          async ({ agents, agent, membership }) => {
            agents.drop(agent.metadata.name);
            await membership.update({ epochSeen: 2 });
          },
        ],
      ] satisfies readonly (readonly [string, Meddling])[]) {
        await using controller = await startTestController(clientMs === undefined ? {} : { clientMs });
        const { agents } = controller;
        const { membership, joined: identity } = await joined(controller);
        const agent = agents.get(identity.name);
        assert.ok(agent);
        await change({ agents, agent, membership });
        const host = new MemoryPodHost();
        await host.apply(testPod('a'));
        await using link = startTestLink({ membership, host, address: controller.address });
        await eventually(() => refusal(link) !== undefined, { what });
        assert.deepEqual([...host.pods.keys()], ['a'], what);
      }
    });

  it('of an agent that was declared gone is refused, and its pods end', async () => {
    await using controller = await startTestController();
    const { membership, joined: identity } = await joined(controller);
    const agent = controller.agents.get(identity.name);
    assert.ok(agent);
    const gone = {
      annotations: { 'longshore.dev/declared-gone': identity.uid },
      deletionTimestamp: '2026-01-01T00:00:00Z',
    };
    controller.agents.put({ ...agent, metadata: { ...agent.metadata, ...gone } });
    const host = new MemoryPodHost();
    await host.apply(testPod('a'));
    await using link = startTestLink({ membership, host, address: controller.address });
    await eventually(() => host.pods.size === 0);
    await eventually(() => refusal(link) !== undefined);
    assert.match(refusal(link) ?? '', /was declared gone/);
  });

  it('ends when its agent is no longer of the fleet, though nobody said so', async () => {
    await using controller = await startTestController({ limits: SHORT_SILENCE });
    const observer = observerOf(controller);
    const { membership, joined: identity } = await joined(controller);
    await using agent = startTestLink({ membership, address: controller.address });
    await eventually(() => agent.host.retained.length === 1);
    controller.agents.drop(identity.name);
    await eventually(() => observer.disconnects.length === 1, { timeoutMs: 5000 });
    assert.match(String(observer.disconnects[0]), /not of this fleet any more/);
  });

  it('keeps a short certificate renewed', async () => {
    // Certificates are dated an hour back: two thirds of its life are over when it is issued.
    await using controller = await startTestController({ clientMs: 60_000 });
    const store = new MemoryMembership();
    const { membership } = await joined(controller, 'garage-pi', store);
    const before = JSON.parse(store.saved ?? '{}').joined.certificatePem;
    await using agent = startTestLink({ membership, address: controller.address });
    // The leader's term is saved there too.
    await eventually(() => JSON.parse(store.saved ?? '{}').joined.certificatePem !== before);
    await eventually(() => agent.host.retained.length === 1);
    const { joined: renewed } = (await openMembership(store)).record;
    assert.equal(renewed?.name, 'garage-pi');
    const told = observerOf(controller).certificates.map(([, expiresAtMs]) => expiresAtMs);
    assert.equal(told[0], new X509Certificate(before).validToDate.getTime());
    assert.ok(told.includes(new X509Certificate(renewed?.certificatePem ?? '').validToDate.getTime()));
  });

  it('is taken up with an expired certificate by renewing it first', async () => {
    await using controller = await startTestController({ clientMs: -1000 });
    const { membership, joined: identity } = await joined(controller);
    await using good = await startTestController({ secrets: controller.secrets, agents: controller.agents });
    await using agent = startTestLink({ membership, address: good.address });
    await eventually(() => agent.host.retained.length === 1, { timeoutMs: 15_000 });
    assert.equal(observerOf(good).link.agent.uid, identity.uid);
  });
});
