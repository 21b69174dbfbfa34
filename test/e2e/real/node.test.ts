// The virtual node as Kubernetes' own node machinery handles it: cordoned and drained, and deleted.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { podManifest, podTemplate } from '../../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../../kit/sandbox.ts';

describe('the virtual node', () => {
  let sandbox: TestSandbox;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const apply = (object: object) => sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const podsOf = async (label: string): Promise<Pod[]> =>
    JSON.parse(await kubectl('get', 'pods', '-l', label, '-o', 'json')).items;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 2 });
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  it('is drained as far as a PodDisruptionBudget allows, then whole, and takes pods again when uncordoned', async () => {
    await apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'guarded' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'guarded' } },
        template: podTemplate({ containers: { main: 'exec sleep 1000' } }, { app: 'guarded' }),
      },
    });
    await kubectl('create', 'pdb', 'guarded', '--selector=app=guarded', '--min-available=2');
    await kubectl('rollout', 'status', 'deployment/guarded', '--timeout=60s');
    const before = await podsOf('app=guarded');

    const blocked = await sandbox.tryKubectl(['drain', 'longshore', '--ignore-daemonsets', '--timeout=6s']);
    assert.notEqual(blocked.code, 0);
    assert.match(blocked.stderr, /disruption budget/);
    const ready = (await podsOf('app=guarded')).filter(({ status }) => status?.phase === 'Running');
    assert.equal(ready.length, 2, 'the budget holds');

    await kubectl('delete', 'pdb', 'guarded');
    await kubectl('drain', 'longshore', '--ignore-daemonsets', '--timeout=60s');
    for (const pod of before) assert.deepEqual(await containersOfPod(pod.metadata.uid), []);
    const waiting = await podsOf('app=guarded');
    assert.ok(waiting.every(({ spec, status }) => !spec.nodeName && status?.phase === 'Pending'));
    assert.match(await kubectl('get', 'node', 'longshore'), /Ready,SchedulingDisabled/);

    await kubectl('uncordon', 'longshore');
    await kubectl('rollout', 'status', 'deployment/guarded', '--timeout=60s');
    await kubectl('delete', 'deployment', 'guarded');
  });

  it('comes back when it is deleted, its Lease names the new one, and its pods run on', async () => {
    await sandbox.kubectl(
      ['apply', '-f', '-'],
      podManifest({ name: 'stays', containers: { main: 'exec sleep 1000' } }),
    );
    await kubectl('wait', '--for=condition=Ready', 'pod/stays', '--timeout=60s');
    const pod = await sandbox.pod('stays');
    const containers = await containersOfPod(pod.metadata.uid);
    const uidOf = async (...what: string[]) =>
      JSON.parse(await kubectl('get', ...what, '-o', 'json')).metadata.uid as string;
    const uid = await uidOf('node', 'longshore');

    await kubectl('delete', 'node', 'longshore');
    const deletedMs = performance.now();
    const again = await eventually(
      async () => {
        const now = await uidOf('node', 'longshore');
        return now === uid ? undefined : now;
      },
      { what: 'the new Node', timeoutMs: 10_000 },
    );
    await eventually(
      async () => {
        const lease = JSON.parse(
          await kubectl('get', 'lease', 'longshore', '-n', 'kube-node-lease', '-o', 'json'),
        );
        return lease.metadata.ownerReferences[0].uid === again;
      },
      { what: "the new Node's UID in the Lease" },
    );
    await kubectl('wait', '--for=condition=Ready', 'node/longshore', '--timeout=30s');
    // The pod garbage collector looks every 20 s and takes pods whose node has been missing for 40 s.
    await eventually(() => performance.now() > deletedMs + 65_000, {
      what: 'the pod garbage collector to have looked',
      timeoutMs: 70_000,
      everyMs: 500,
    });
    const now = await sandbox.pod('stays');
    assert.equal(now.metadata.uid, pod.metadata.uid);
    assert.equal(now.metadata.deletionTimestamp, undefined);
    assert.deepEqual(await containersOfPod(pod.metadata.uid), containers);
    const lease = await kubectl('get', 'lease', 'longshore', '-n', 'kube-node-lease', '-o', 'json');
    assert.equal(JSON.parse(lease).metadata.ownerReferences[0].uid, again, 'the Lease was collected');
  });
});
