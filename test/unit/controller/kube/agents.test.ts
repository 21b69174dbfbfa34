import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../../../../common/errors.ts';
import { createLog } from '../../../../common/log.ts';
import { AGENT_FINALIZER, type AgentStore, createAgentStore } from '../../../../controller/kube/agents.ts';
import { mergePatch } from '../../../../controller/kube/merge-patch.ts';
import type { Agent, AgentStatus } from '../../../../controller/model/agent.ts';
import { createFakeApi, type FakeApi, statusError } from '../../../kit/fake-api.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const log = createLog({ name: 'test', level: 'silent' });
const COLLECTION = '/apis/longshore.dev/v1alpha1/agents';
const PATH = `${COLLECTION}/pi`;
const newAgent = { name: 'pi', labels: { zone: 'garage' }, publicKeyHash: 'a'.repeat(64) };

async function keeping(
  act: (scene: { api: FakeApi; clock: ManualClock; store: AgentStore; told: string[] }) => Promise<void>,
  prepare: (api: FakeApi) => void = () => undefined,
): Promise<void> {
  const api = createFakeApi();
  prepare(api);
  const clock = new ManualClock();
  const told: string[] = [];
  const observer = {
    changed: (agent: Agent) => told.push(`+${agent.metadata.name}`),
    vanished: (uid: string) => told.push(`-${uid}`),
    synced: () => told.push('synced'),
  };
  const store = createAgentStore({ client: api, observer }, { clock, log });
  const abort = new AbortController();
  const loop = store.run(abort.signal);
  await clock.settle();
  try {
    await act({ api, clock, store, told });
  } finally {
    abort.abort();
    await loop;
  }
}

const statusOf = (api: FakeApi) => (api.object(PATH)?.['status'] ?? {}) as AgentStatus;
const patches = (api: FakeApi) => api.calls.filter((call) => call === `PATCH ${PATH}/status`).length;
const status = (ready: 'True' | 'False', more: AgentStatus = {}): AgentStatus => ({
  ...more,
  conditions: [
    { type: 'Ready', status: ready, reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
});

describe('the agent store', () => {
  it('creates an agent with its finalizer, and knows it at once', async () => {
    await keeping(async ({ api, store, clock, told }) => {
      const made = await store.create(newAgent);
      assert.equal(store.get('pi')?.metadata.uid, made.metadata.uid);
      assert.deepEqual(api.object(PATH)?.metadata['finalizers'], [AGENT_FINALIZER]);
      assert.deepEqual(api.object(PATH)?.['spec'], {
        labels: { zone: 'garage' },
        publicKeyHash: 'a'.repeat(64),
      });
      await clock.settle();
      assert.deepEqual(told, ['synced', '+pi']);
      assert.equal(store.list().length, 1);
    });
  });

  it('says `already-exists` for a taken name, and then knows who has it', async () => {
    await keeping(async ({ api, store }) => {
      const other = api.put(PATH, { metadata: { name: 'pi' }, spec: { publicKeyHash: 'b' } });
      await assert.rejects(store.create(newAgent), (error) => errorCode(error) === 'already-exists');
      assert.equal(store.get('pi')?.metadata.uid, other.metadata.uid);
    });
  });

  it('says what to do when the cluster does not know agents', async () => {
    await keeping(
      async ({ store }) => {
        assert.match(
          String(store.trouble),
          /does not know agents\.longshore\.dev: apply deploy\/base\/crd\.yaml/,
        );
        await assert.rejects(store.create(newAgent), /apply deploy\/base\/crd\.yaml/);
      },
      (api) => {
        api.before = () => {
          throw statusError(404);
        };
      },
    );
  });

  it('changes the spec as it is, whoever else is changing it', async () => {
    const cordon = {
      ...{ overwrite: false, setLabels: { disk: 'ssd' }, removeLabels: [], removeTaints: [] },
      ...{ setTaints: [{ key: 'a', effect: 'NoSchedule' as const }], unschedulable: true },
    };
    await keeping(async ({ api, store }) => {
      await store.create(newAgent);
      let others = 0;
      api.before = ({ method }) => {
        if (method !== 'PATCH' || others++ > 0) return;
        const now = api.object(PATH);
        api.put(PATH, {
          ...now,
          metadata: { name: 'pi' },
          spec: { ...newAgent, name: undefined, taints: [{ key: 'b', effect: 'NoExecute' }] },
        });
      };
      const { agent, changed } = await store.change('pi', cordon);
      assert.equal(changed, true);
      assert.deepEqual(
        agent.spec.taints?.map(({ key }) => key),
        ['b', 'a'],
      );
      assert.deepEqual(agent.spec.labels, { zone: 'garage', disk: 'ssd' });
      assert.equal(store.get('pi')?.spec.unschedulable, true);
      assert.equal(others, 2, 'refused once, then written');
      assert.equal((await store.change('pi', cordon)).changed, false);
      assert.equal(others, 2, 'what is so already is not written');
      await assert.rejects(store.change('none', cordon), (error) => errorCode(error) === 'not-found');
    });
  });

  it('writes a status once, and again at most every ten seconds', async () => {
    await keeping(async ({ api, store, clock }) => {
      const { metadata } = await store.create(newAgent);
      for (let second = 0; second < 30; second++) {
        store.publishStatus(metadata, status('True', { hostname: `h${second}` }));
        await clock.advance(1000);
      }
      assert.ok(patches(api) <= 4, `${patches(api)} patches in 30 s`);
      await clock.advance(10_000);
      assert.equal(statusOf(api).hostname, 'h29');
      const before = patches(api);
      store.publishStatus(metadata, status('True', { hostname: 'h29' }));
      await clock.advance(60_000);
      assert.equal(patches(api), before);
    });
  });

  it('writes a changed Ready at once, and what it was again right after', async () => {
    await keeping(async ({ api, store, clock }) => {
      const { metadata } = await store.create(newAgent);
      for (const ready of ['True', 'False', 'True'] as const) {
        store.publishStatus(metadata, status(ready));
        await clock.settle();
        assert.equal(statusOf(api).conditions?.[0]?.status, ready);
      }
    });
  });

  it('takes a field away that the new status does not have', async () => {
    await keeping(async ({ api, store, clock }) => {
      const { metadata } = await store.create(newAgent);
      store.publishStatus(
        metadata,
        status('False', { lastSeen: '2026-01-01T00:00:00Z', capacity: { cpu: '1', x: '2' } }),
      );
      await clock.settle();
      store.publishStatus(metadata, status('True', { capacity: { cpu: '1' } }));
      await clock.settle();
      assert.deepEqual(statusOf(api), status('True', { capacity: { cpu: '1' } }));
    });
  });

  it('tries a status again while the server is away, the newest only', async () => {
    await keeping(async ({ api, store, clock }) => {
      const { metadata } = await store.create(newAgent);
      api.before = () => {
        throw statusError(503);
      };
      store.publishStatus(metadata, status('True'));
      await clock.advance(5000);
      store.publishStatus(metadata, status('False'));
      api.before = () => undefined;
      await clock.advance(12_000);
      assert.equal(statusOf(api).conditions?.[0]?.status, 'False');
    });
  });

  it('asks at most every ten seconds when the server refuses, however often the status changes', async () => {
    await keeping(async ({ api, clock, store }) => {
      const agent = (await store.create(newAgent)).metadata;
      await clock.settle();
      api.before = ({ method }) => {
        if (method === 'PATCH') throw statusError(422, 'Invalid');
      };
      for (let tenth = 0; tenth < 190; tenth++) {
        store.publishStatus(agent, status('True', { osImage: `image ${tenth}` }));
        await clock.advance(100);
      }
      assert.equal(patches(api), 2);
    });
  });

  it('tries a refused status again after a minute though nothing changes, and a changed one before', async () => {
    await keeping(async ({ api, clock, store }) => {
      const agent = (await store.create(newAgent)).metadata;
      let refusals = 2;
      api.before = ({ method }) => {
        if (method === 'PATCH' && refusals-- > 0) throw statusError(403, 'Forbidden');
      };
      store.publishStatus(agent, status('False'));
      await clock.advance(59_000);
      assert.equal(patches(api), 1);
      await clock.advance(2000);
      assert.equal(patches(api), 2, 'refused again');
      store.publishStatus(agent, status('True'));
      await clock.advance(10_000);
      assert.equal(statusOf(api).conditions?.[0]?.status, 'True');
      refusals = 1;
      store.publishStatus(agent, status('False'));
      await clock.advance(61_000);
      assert.equal(statusOf(api).conditions?.[0]?.status, 'False');
    });
  });

  it('gives the status of an agent up that is no more, and never writes it to its namesake', async () => {
    await keeping(async ({ api, store, clock }) => {
      const first = await store.create(newAgent);
      await clock.settle();
      api.remove(PATH);
      api.put(PATH, { metadata: { name: 'pi' }, spec: {} });
      store.publishStatus(first.metadata, status('True'));
      await clock.advance(30_000);
      assert.deepEqual(statusOf(api), {});
    });
  });

  it('declares no agent gone that can be reached', async () => {
    await keeping(async ({ store, clock }) => {
      const agent = await store.create(newAgent);
      store.publishStatus(agent.metadata, status('True'));
      await clock.settle();
      await assert.rejects(store.remove(agent.metadata, { declareGone: true }), /agent 'pi' can be reached/);
      assert.equal(store.get('pi')?.metadata.annotations, undefined);
    });
  });

  it('takes its finalizer away at once, though its status has been written since it was looked at', async () => {
    await keeping(async ({ api, store, clock }) => {
      const agent = await store.create(newAgent);
      store.publishStatus(agent.metadata, status('False'));
      await clock.settle();
      await store.release(agent);
      assert.deepEqual(api.object(PATH)?.metadata['finalizers'], []);
    });
  });

  it('takes its finalizer away, and from no namesake', async () => {
    await keeping(async ({ api, store }) => {
      await store.create(newAgent);
      const agent = store.get('pi');
      assert.ok(agent);
      await store.release(agent);
      assert.deepEqual(api.object(PATH)?.metadata['finalizers'], []);
      api.remove(PATH);
      const finalizers = ['somebody/else'];
      api.put(PATH, { metadata: { name: 'pi', finalizers }, spec: {} });
      await store.release(agent);
      assert.deepEqual(api.object(PATH)?.metadata['finalizers'], finalizers);
    });
  });
});

describe('mergePatch', () => {
  const json = fc.jsonValue({ depthSize: 'small', noUnicodeString: true });
  const record = fc
    .dictionary(fc.string(), json)
    .map((value) => withoutNulls(JSON.parse(JSON.stringify(value))) as Record<string, unknown>);

  it('turns the one into the other, and is nothing when they are equal', () => {
    fc.assert(
      fc.property(record, record, (from, to) => {
        const patch = mergePatch(from, to);
        assert.deepEqual(apply(from, patch ?? {}), to);
        assert.equal(mergePatch(to, structuredClone(to)), undefined);
      }),
    );
  });

  function withoutNulls(value: unknown): unknown {
    if (Array.isArray(value)) return value;
    if (typeof value !== 'object' || value === null) return value ?? 0;
    const kept = Object.entries(value).filter(([key, inner]) => inner !== null && key !== '__proto__');
    return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner)]));
  }

  /** RFC 7386, section 2. */
  function apply(target: unknown, patch: unknown): unknown {
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
    const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
    const result: Record<string, unknown> = { ...base };
    for (const [key, value] of Object.entries(patch)) {
      if (value === null) delete result[key];
      else result[key] = apply(result[key], value);
    }
    return result;
  }
});
