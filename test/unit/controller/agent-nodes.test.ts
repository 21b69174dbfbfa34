// The nodes of agents as a whole, joined to the reconcilers and a modelled API server: what each part does is tested at it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../common/log.ts';
import { createAgentNodes } from '../../../controller/agent-nodes.ts';
import type { NodeConfig } from '../../../controller/model/node-object.ts';
import { nodePerAgent } from '../../../controller/model/topology.ts';
import type { VirtualNodes } from '../../../controller/virtual-nodes.ts';
import { connectionLost, createFakeApi, type FakeApi } from '../../kit/fake-api.ts';
import { aPod } from '../../kit/pods.ts';
import { Reconcilers } from '../../kit/reconcilers.ts';

const NODE = '/api/v1/nodes/longshore-a';
const FORMER = '/api/v1/nodes/former-a';

const common: NodeConfig = {
  name: 'longshore',
  labels: {},
  internalIPs: ['127.0.0.1'],
  kubeletPort: 10250,
  kubeletVersion: 'v1.34.0',
  architecture: 'amd64',
};

interface Scene {
  readonly api: FakeApi;
  readonly world: Reconcilers;
  readonly nodes: VirtualNodes;
  /** What was said, by its level. */
  readonly said: string[];
  pass(seconds: number): Promise<void>;
}

async function running(act: (scene: Scene) => Promise<void>): Promise<void> {
  await using world = new Reconcilers(['a']);
  world.topology = nodePerAgent('longshore');
  const { registry, pods } = world.start();
  const api = createFakeApi();
  const said: string[] = [];
  const write = (line: string) => void said.push(line);
  const log = createLog({ name: 'test', level: 'info', stream: { write } });
  const nodes = createAgentNodes(
    {
      ...{ client: api, topology: world.topology, node: common, presenceKeys: [], registry, pods },
      events: { record: async () => undefined },
      ports: {
        open: async () => 10250,
        close: async () => undefined,
        replaceTls: () => undefined,
        async [Symbol.asyncDispose]() {},
      },
      kubeletListen: { host: '127.0.0.1', port: 10250 },
      agentsSynced: Promise.resolve(),
      leads: () => true,
      cordonAgent: async () => undefined,
    },
    { clock: world.clock, log },
  );
  world.closedNodes = (nodeName) => nodes.isUnschedulable(nodeName);
  const abort = new AbortController();
  const loop = nodes.run(abort.signal);
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      nodes.changed();
      await world.pass(1);
    }
  };
  world.connect();
  await pass(3);
  assert.ok(api.object(NODE), 'the node is made');
  try {
    await act({ api, world, nodes, said, pass });
  } finally {
    abort.abort();
    await loop;
  }
}

test('the pods of a machine that is left to its owner go as soon as the cluster has it that its node takes none', async () => {
  await running(async ({ api, world, nodes, pass }) => {
    const evicted = () => world.api.get('uid-web')?.metadata.deletionTimestamp !== undefined;
    world.api.create(aPod({ spec: { nodeName: 'longshore-a' } }));
    await pass(5);
    assert.deepEqual([...world.agent('a').pods.keys()], ['uid-web']);
    const closing = Promise.withResolvers<void>();
    api.before = async ({ method, path }) => {
      if (method === 'PATCH' && path === NODE) await closing.promise;
    };
    const object = world.agentObjects.get('uid-a');
    assert.ok(object);
    const quietHours = [{ schedule: '* * * * *', duration: '10h', timeZone: 'UTC' }];
    world.putAgent({ ...object, spec: { ...object.spec, quietHours } });
    await pass(6);
    assert.deepEqual([nodes.isUnschedulable('longshore-a'), evicted()], [false, false]);
    closing.resolve();
    await pass(2);
    assert.deepEqual([nodes.isUnschedulable('longshore-a'), evicted()], [true, true]);
  });
});

test('a node that is left from another --node-name is tried again when it cannot be deleted, and then is gone', async () => {
  await running(async ({ api, said, pass }) => {
    const removals = () => api.calls.filter((call) => call === `DELETE ${FORMER}`).length;
    api.before = ({ method }) => {
      if (method === 'DELETE') throw connectionLost();
    };
    const ready = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: '' };
    api.put(FORMER, {
      metadata: {
        name: 'former-a',
        labels: { 'longshore.dev/agent': 'a' },
        annotations: { 'longshore.dev/carried-over': '{}' },
        ownerReferences: [{ apiVersion: 'longshore.dev/v1alpha1', kind: 'Agent', name: 'a', uid: 'uid-a' }],
      },
      status: { conditions: [ready] },
    });
    await pass(5);
    assert.equal(removals(), 1, 'not at once');
    assert.match(
      said.join(''),
      /former-a.*cannot delete a node that is left from another --node-name; trying again/,
    );
    api.before = () => undefined;
    await pass(10);
    assert.equal(removals(), 2);
    assert.equal(api.object(FORMER), undefined);
    assert.match(said.join(''), /former-a.*is deleted/);
    assert.ok(api.object(NODE), 'its own stays');
  });
});

test('a removal that is not answered does not hold up the end of the term', async () => {
  await running(async ({ api, world, pass }) => {
    api.before = async ({ method }) => {
      if (method === 'DELETE') await new Promise(() => undefined);
    };
    world.removeAgent('a');
    await pass(3);
    assert.ok(api.calls.includes(`DELETE ${NODE}`));
  });
});
