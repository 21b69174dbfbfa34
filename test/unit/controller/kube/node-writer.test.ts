import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import {
  createNodeFollower,
  type NodeFollowerOptions,
  oneNodeSelector,
} from '../../../../controller/kube/node-follower.ts';
import { createNodeWriter } from '../../../../controller/kube/node-writer.ts';
import type { NodeConfig, NodeFleet } from '../../../../controller/model/node-object.ts';
import type { EventRecord } from '../../../../controller/reconcile/event-recorder.ts';
import { connectionLost, createFakeApi, type FakeApi, statusError, writes } from '../../../kit/fake-api.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const log = createLog({ name: 'test', level: 'silent' });
const NODE = '/api/v1/nodes/n';

const config: NodeConfig = {
  name: 'n',
  labels: {},
  internalIPs: ['127.0.0.1'],
  kubeletPort: 10250,
  kubeletVersion: 'v1.34.0',
  architecture: 'amd64',
};
const oneAgent: NodeFleet = {
  agentsTotal: 1,
  agentsReady: 1,
  presence: ['agent.longshore.dev/a1'],
  capacity: { cpu: '2' },
  allocatable: { cpu: '2' },
  engineVersion: '20.10',
};

interface Scene {
  readonly api: FakeApi;
  readonly clock: ManualClock;
  fleet: NodeFleet | undefined;
  /** How often it was asked for. */
  looks: number;
  readonly events: EventRecord[];
  /** How often the node was made. */
  uids: number;
  readonly writer: ReturnType<typeof createNodeWriter>;
}

async function running(
  act: (scene: Scene) => Promise<void>,
  prepare: (api: FakeApi) => void = () => undefined,
  kept: { readonly config: NodeConfig; readonly select: NodeFollowerOptions['select'] } = {
    config,
    select: oneNodeSelector('n'),
  },
) {
  const api = createFakeApi();
  prepare(api);
  const clock = new ManualClock();
  const nodes = createNodeFollower({ client: api, select: kept.select }, { clock, log });
  const scene: Scene = {
    api,
    clock,
    fleet: oneAgent,
    looks: 0,
    events: [],
    uids: 0,
    writer: createNodeWriter(
      {
        ...{ client: api, name: 'n', nodes, config: () => kept.config },
        source: {
          fleet: () => {
            scene.looks++;
            return scene.fleet;
          },
        },
        events: { record: async (event) => void scene.events.push(event) },
        uidChanged: () => {
          scene.uids++;
        },
      },
      { clock, log },
    ),
  };
  const abort = new AbortController();
  const loop = Promise.all([nodes.run(abort.signal), scene.writer.run(abort.signal)]);
  await clock.settle();
  try {
    await act(scene);
  } finally {
    abort.abort();
    await loop;
  }
}

const labels = (api: FakeApi) => api.object(NODE)?.metadata['labels'] as Record<string, string>;
type Conditions = {
  type: string;
  status: string;
  reason?: string;
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
}[];
const conditions = (api: FakeApi) =>
  (api.object(NODE)?.['status'] as { conditions: Conditions } | undefined)?.conditions ?? [];

describe('the node writer', () => {
  it('creates the node with taint, labels and status, and then leaves it alone for five minutes', async () => {
    await running(async ({ api, clock, writer }) => {
      await writer.registered;
      assert.deepEqual(writes(api), ['POST /api/v1/nodes']);
      assert.equal(labels(api)['agent.longshore.dev/a1'], 'true');
      assert.equal(writer.node?.metadata.uid, api.object(NODE)?.metadata.uid);
      await clock.advance(290_000);
      assert.equal(writes(api).length, 1);
      await clock.advance(20_000);
      assert.deepEqual(writes(api).slice(1), [`PATCH ${NODE}/status`]);
      assert.equal(
        conditions(api).find(({ type }) => type === 'Ready')?.lastTransitionTime,
        '2026-01-01T00:00:00Z',
      );
    });
  });

  it('records what a kubelet does when it starts and when its node becomes ready or not', async () => {
    await running(async (scene) => {
      const { clock, writer, events } = scene;
      await writer.registered;
      const reasons = () => events.splice(0).map(({ reason }) => reason);
      assert.deepEqual(events[0], {
        about: { kind: 'Node', name: 'n', uid: 'n' },
        type: 'Normal',
        reason: 'Starting',
        message: 'Starting kubelet.',
      });
      assert.deepEqual(reasons(), [
        'Starting',
        'NodeHasSufficientMemory',
        'NodeHasNoDiskPressure',
        'NodeHasSufficientPID',
        'NodeReady',
      ]);
      scene.fleet = { ...oneAgent, agentsReady: 0, presence: [] };
      await clock.advance(400_000);
      assert.equal(events[0]?.message, 'Node n status is now: NodeNotReady');
      assert.deepEqual(reasons(), ['NodeNotReady']);
      scene.fleet = oneAgent;
      await clock.advance(20_000);
      assert.deepEqual(reasons(), ['NodeReady']);
    });
  });

  it('says nothing of a node that was ready before and still is', async () => {
    await running(
      async ({ clock, events, uids }) => {
        await clock.advance(2000);
        assert.deepEqual(
          events.map(({ reason }) => reason),
          ['Starting'],
        );
        assert.equal(uids, 1);
      },
      (api) => {
        const healthy = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
          type,
          status: 'False',
        }));
        const conditions = [...healthy, { type: 'Ready', status: 'True' }];
        api.put(NODE, { metadata: { name: 'n' }, status: { conditions } });
      },
    );
  });

  it('does nothing while the fleet is unknown', async () => {
    await running(async (scene) => {
      scene.api.remove(NODE);
      const before = writes(scene.api).length;
      scene.fleet = undefined;
      await scene.clock.advance(60_000);
      assert.equal(writes(scene.api).length, before);
    });
  });

  it('takes over a node that is there, leaving what others wrote', async () => {
    await running(
      async ({ api, clock }) => {
        await clock.advance(2000);
        assert.deepEqual(writes(api), [`PATCH ${NODE}/status`]);
        assert.equal(labels(api)['theirs'], 'kept');
        assert.equal(labels(api)['agent.longshore.dev/a1'], 'true');
        assert.ok(!('agent.longshore.dev/former' in labels(api)));
        assert.deepEqual(
          conditions(api).map(({ type, status }) => `${type}=${status}`),
          ['Theirs=True', 'MemoryPressure=False', 'DiskPressure=False', 'PIDPressure=False', 'Ready=True'],
        );
        assert.deepEqual(api.object(NODE)?.['spec'], { taints: [] });
      },
      (api) =>
        api.put(NODE, {
          metadata: { name: 'n', labels: { theirs: 'kept', 'agent.longshore.dev/former': 'true' } },
          spec: { taints: [] },
          status: { conditions: [{ type: 'Theirs', status: 'True' }] },
        }),
    );
  });

  it('says that people want no pods on the node, and that they want some again', async () => {
    await running(async ({ api, clock, events }) => {
      await clock.advance(5000);
      events.splice(0);
      const node = api.object(NODE) ?? {};
      api.put(NODE, { ...node, spec: { unschedulable: true } });
      await clock.advance(1000);
      api.put(NODE, { ...node, spec: {} });
      await clock.advance(1000);
      assert.deepEqual(
        events.map(({ reason }) => reason),
        ['NodeNotSchedulable', 'NodeSchedulable'],
      );
    });
  });

  it('leaves alone a node that has the name of an agent’s and is another’s', async () => {
    const owner = { name: 'pi', uid: 'uid-pi' };
    const carried = { owner, taints: [], unschedulable: false, isCordoned: false };
    const theirs = { metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } } };
    await running(
      async ({ api, clock }) => {
        await clock.advance(60_000);
        assert.deepEqual(
          writes(api).filter((call) => !call.startsWith('POST')),
          [],
        );
        assert.deepEqual(labels(api), theirs.metadata.labels);
        assert.ok(writes(api).length <= 15, 'it tries ever more slowly');
      },
      (api) => api.put(NODE, theirs),
      { config: { ...config, carried }, select: { labelSelector: 'longshore.dev/agent' } },
    );
  });

  it('gives an agent’s node its label back, without which nobody would follow it', async () => {
    const owner = { name: 'pi', uid: 'uid-pi' };
    const carried = { owner, taints: [], unschedulable: false, isCordoned: false };
    const agentConfig = { ...config, carried, labels: { 'longshore.dev/agent': 'pi' } };
    const ownerReferences = [{ apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', ...owner }];
    await running(
      async ({ api, clock, writer }) => {
        await clock.advance(5000);
        assert.equal(labels(api)['longshore.dev/agent'], 'pi');
        assert.equal(writer.node?.metadata.name, 'n');
        assert.equal(conditions(api).at(-1)?.status, 'True');
      },
      (api) => api.put(NODE, { metadata: { name: 'n', labels: {}, ownerReferences } }),
      { config: agentConfig, select: { labelSelector: 'longshore.dev/agent' } },
    );
  });

  it('follows the fleet at once, with one patch a second however often it changes', async () => {
    await running(async (scene) => {
      const { api, clock, writer } = scene;
      await clock.advance(5000);
      const before = writes(api).length;
      for (let step = 0; step < 30; step++) {
        scene.fleet = { ...oneAgent, presence: [`agent.longshore.dev/a${step}`] };
        writer.changed();
        await clock.advance(100);
      }
      const during = writes(api).length - before;
      assert.ok(during >= 2 && during <= 4, `${during} patches in 3 s`);
      await clock.advance(1000);
      assert.deepEqual(
        Object.keys(labels(api)).filter((key) => key.startsWith('agent.')),
        ['agent.longshore.dev/a29'],
      );
    });
  });

  it('looks five times a second at most while a large fleet changes all the time, and then at what it has come to', async () => {
    await running(async (scene) => {
      const { api, clock, writer } = scene;
      await writer.registered;
      await clock.advance(1000);
      const before = scene.looks;
      for (let change = 1; change <= 1000; change++) {
        writer.changed();
        await clock.advance(1);
      }
      const looks = scene.looks - before;
      assert.ok(looks >= 4 && looks <= 6, `${looks} looks in a second`);
      scene.fleet = { ...oneAgent, presence: ['agent.longshore.dev/a2'] };
      writer.changed();
      await clock.advance(200);
      assert.equal(labels(api)['agent.longshore.dev/a2'], 'true');
    });
  });

  it('patches no two times within a second, whatever the server answers and others write', async () => {
    await running(async (scene) => {
      const { api, clock, writer } = scene;
      const patchedAtMs: number[] = [];
      api.before = async ({ method }) => {
        if (method !== 'PATCH') return;
        patchedAtMs.push(clock.monotonicMs());
        const tries = patchedAtMs.length;
        if (tries % 4 === 1) throw statusError(409, 'Conflict');
        if (tries % 4 === 2) throw connectionLost();
        if (tries % 4 === 3) await clock.sleep(150);
      };
      for (let step = 0; step < 600; step++) {
        scene.fleet = { ...oneAgent, presence: [`agent.longshore.dev/a${step}`] };
        writer.changed();
        if (step % 7 === 0) api.put(NODE, { ...api.object(NODE), spec: { unschedulable: step % 2 === 0 } });
        await clock.advance(50);
      }
      const gaps = patchedAtMs.slice(1).map((atMs, index) => atMs - (patchedAtMs[index] ?? 0));
      assert.ok(Math.min(...gaps) >= 1000, `patches ${Math.min(...gaps)} ms apart`);
      assert.ok(gaps.length >= 20, `${gaps.length} patches in 30 s`);
    });
  });

  it('makes the node again within 10 s when somebody deletes it', async () => {
    await running(async ({ api, clock, writer }) => {
      const first = writer.node?.metadata.uid;
      await clock.advance(30_000);
      api.remove(NODE);
      await clock.settle();
      await clock.advance(1000);
      assert.ok(api.object(NODE));
      assert.notEqual(writer.node?.metadata.uid, first);
    });
  });

  it('makes the node again even when it is deleted in the same second as it was made', async () => {
    await running(async ({ api, clock }) => {
      await clock.advance(100);
      api.remove(NODE);
      await clock.advance(10_000);
      assert.ok(api.object(NODE));
    });
  });

  it('tries again, ever more slowly, while the server refuses', async () => {
    await running(async (scene) => {
      const { api, clock, writer } = scene;
      await clock.advance(5000);
      api.before = () => {
        throw statusError(500);
      };
      const before = api.calls.length;
      scene.fleet = { ...oneAgent, agentsReady: 0, presence: [] };
      writer.changed();
      await clock.advance(20_000);
      const tries = api.calls.length - before;
      assert.ok(tries >= 5 && tries <= 10, `${tries} tries`);
      api.before = () => undefined;
      await clock.advance(10_000);
      assert.equal(conditions(api).find(({ type }) => type === 'Ready')?.status, 'False');
    });
  });
});
