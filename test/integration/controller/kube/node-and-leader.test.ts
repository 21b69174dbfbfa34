import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeClient } from '../../../../controller/kube/client.ts';
import { createLeaderElector } from '../../../../controller/kube/leader.ts';
import type { Lease } from '../../../../controller/kube/lease.ts';
import {
  createNodeFollower,
  type ObservedNode,
  oneNodeSelector,
} from '../../../../controller/kube/node-follower.ts';
import { createNodeLease } from '../../../../controller/kube/node-lease.ts';
import { createNodeWriter } from '../../../../controller/kube/node-writer.ts';
import { leasePath, nodePath } from '../../../../controller/kube/resource-path.ts';
import { eventually } from '../../../kit/eventually.ts';
import { during, NAMESPACE, onKubePlane, tools } from '../../../kit/kube-plane.ts';

const never = new AbortController().signal;

let client: KubeClient;
onKubePlane((made) => {
  client = made.client;
});

describe('the node', () => {
  const config = {
    name: 'longshore',
    labels: { 'topology.kubernetes.io/zone': 'z' },
    internalIPs: ['127.0.0.1'],
    kubeletPort: 10250,
    kubeletVersion: 'v1.34.0',
    architecture: 'amd64',
  };
  const fleet = {
    agentsTotal: 1,
    agentsReady: 1,
    presence: ['agent.longshore.dev/a1'],
    capacity: { cpu: '2', memory: '1Gi' },
    allocatable: { cpu: '2', memory: '1Gi' },
    engineVersion: '20.10',
  };
  const readNode = () => client.request<ObservedNode>({ method: 'GET', path: nodePath('longshore') });
  const readLease = () =>
    client.request<Lease>({ method: 'GET', path: leasePath('kube-node-lease', 'longshore') });

  it('is registered, follows the fleet, keeps what others wrote, and comes back with its Lease when deleted', async () => {
    let shown = fleet;
    const nodes = createNodeFollower({ client, select: oneNodeSelector('longshore') }, tools);
    const writer = createNodeWriter(
      {
        ...{ client, name: 'longshore', nodes, config: () => config, source: { fleet: () => shown } },
        events: { record: async () => undefined },
        uidChanged: () => lease.nodeChanged(),
      },
      tools,
    );
    const lease = createNodeLease(
      { client, nodeName: 'longshore', nodeUid: () => writer.node?.metadata.uid, healthy: () => true },
      tools,
    );
    await during([nodes, writer, lease], async () => {
      await writer.registered;
      const first = await readNode();
      assert.equal(first.metadata.labels?.['agent.longshore.dev/a1'], 'true');
      assert.equal(first.status?.conditions?.at(-1)?.type, 'Ready');
      assert.equal(first.spec?.taints?.[0]?.key, 'virtual-kubelet.io/provider');
      assert.equal((await eventually(readLease)).metadata.ownerReferences?.[0]?.uid, first.metadata.uid);

      await client.request({
        method: 'PATCH',
        path: nodePath('longshore'),
        contentType: 'application/merge-patch+json',
        body: { metadata: { labels: { theirs: 'kept' } }, spec: { taints: null, unschedulable: true } },
      });
      shown = { ...fleet, agentsReady: 0, presence: [] };
      writer.changed();
      const second = await eventually(async () => {
        const node = await readNode();
        const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
        return ready?.status === 'False' ? node : undefined;
      });
      assert.equal(second.metadata.labels?.['theirs'], 'kept');
      assert.equal(second.metadata.labels?.['agent.longshore.dev/a1'], undefined);
      assert.equal(second.spec?.unschedulable, true);
      assert.deepEqual(
        (second.spec?.taints ?? []).filter(({ key }) => key === 'virtual-kubelet.io/provider'),
        [],
      );

      await client.request({ method: 'DELETE', path: nodePath('longshore') });
      const third = await eventually(readNode, { timeoutMs: 10_000 });
      assert.notEqual(third.metadata.uid, first.metadata.uid);
      await eventually(
        async () => (await readLease()).metadata.ownerReferences?.[0]?.uid === third.metadata.uid,
        {
          timeoutMs: 15_000,
        },
      );
    });
  });
});

describe('the leader', () => {
  it('holds the Lease until it gives it back, and the next has a higher epoch', async () => {
    const elector = (identity: string) =>
      createLeaderElector({ client, namespace: NAMESPACE, name: 'longshore-n', identity }, tools);
    const first = await elector('a').acquire(never);
    const waiting = elector('b').acquire(never);
    const renewals = async () =>
      (await client.request<Lease>({ method: 'GET', path: leasePath(NAMESPACE, 'longshore-n') })).spec
        ?.renewTime;
    const acquired = await renewals();
    await eventually(async () => (await renewals()) !== acquired);
    assert.ok(first.isHeld());
    await first[Symbol.asyncDispose]();
    await using second = await waiting;
    assert.ok(second.epoch > first.epoch);
    assert.ok(!first.isHeld() && second.isHeld());
  });
});
