// The virtual node as Kubernetes' own machinery handles it: measured by metrics-server, cordoned and drained, deleted.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Pod } from '../../../common/pod.ts';
import { readState } from '../../../sandbox/layout.ts';
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { getWithToken } from '../../kit/kubelet-call.ts';
import { type LonelyNetwork, proxyTo, startLonelyNetwork } from '../../kit/lonely-network.ts';
import { podManifest, podTemplate } from '../../kit/manifest.ts';
import { containersOfPod, startSandbox, type TestSandbox } from '../../kit/sandbox.ts';

describe('the virtual node', () => {
  let sandbox: TestSandbox;
  /** Of one of the two: nothing reaches it. */
  let network: LonelyNetwork;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const apply = (object: object) => sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  const kubeletPort = () => readState(sandbox.layout)?.ports.kubelet ?? 0;
  const podsOf = async (label: string): Promise<Pod[]> =>
    JSON.parse(await kubectl('get', 'pods', '-l', label, '-o', 'json')).items;

  before(async () => {
    await ensureBusyboxImage();
    sandbox = await startSandbox({ agents: 2, metricsServer: true });
    network = await startLonelyNetwork(proxyTo(sandbox.controller));
    await sandbox.moveAgent('agent-1', network);
  });
  after(async () => {
    await sandbox?.[Symbol.asyncDispose]();
    await network?.[Symbol.asyncDispose]();
  });

  it('shows by kubectl top what it and its pods use, also when one of its agents is dead', async (t) => {
    t.after(async () => {
      await sandbox.up();
      await kubectl('delete', 'pod', 'busy', 'other');
    });
    const busy = {
      containers: { main: 'while :; do :; done' },
      container: { resources: { limits: { cpu: '200m' } } },
    };
    for (const [name, agent] of [['busy', 'agent-1'] as const, ['other', 'agent-2'] as const])
      await sandbox.kubectl(['apply', '-f', '-'], podManifest({ name, agent, ...busy }));
    await kubectl('wait', '--for=condition=Ready', 'pod/busy', 'pod/other', '--timeout=60s');
    const top = async (...args: string[]) => {
      const { code, stdout, stderr } = await sandbox.tryKubectl(['top', ...args, '--no-headers']);
      return code === 0
        ? stdout
            .trim()
            .split('\n')
            .map((line) => line.split(/\s+/))
        : [[stderr]];
    };
    const milli = (text = '') => (/^\d+m$/.test(text) ? Number.parseInt(text, 10) : Number.NaN);
    const pods = await eventually(
      async () => {
        const rows = await top('pod');
        return rows.length === 2 && rows.every(([, cpu]) => milli(cpu) > 0) ? rows : undefined;
      },
      { what: 'both pods in kubectl top', timeoutMs: 60_000, everyMs: 500 },
    );
    for (const [name, cpu, memory] of pods) {
      assert.ok(milli(cpu) > 50 && milli(cpu) < 280, `${name} may use 200m and uses ${cpu}`);
      assert.match(memory ?? '', /^\d+Mi$/);
    }
    const [[node, cpu, , memory] = []] = await top('node');
    assert.equal(node, 'longshore');
    assert.ok(milli(cpu) > 300, `the machines run two such pods and use ${cpu}`);
    assert.match(memory ?? '', /^\d+Mi$/);
    const listed = JSON.parse(await sandbox.longshore(['top', 'pods', '-o', 'json'])) as {
      pods: { name: string; used: { cpu: string } }[];
    };
    for (const { name, used } of listed.pods)
      assert.ok(milli(used.cpu) > 50 && milli(used.cpu) < 280, `${name}: ${used.cpu}`);

    const token = (await kubectl('create', 'token', 'metrics-server', '-n', 'kube-system')).trim();
    await sandbox.kill('agent-2');
    const askedMs = performance.now();
    const figures = await getWithToken({ port: kubeletPort(), path: '/metrics/resource', token });
    assert.ok(performance.now() - askedMs < 5000, 'nobody waits for the dead one');
    const measured = /^container_cpu_usage_seconds_total{container="main",pod="busy",.*} \S+ (\d+)$/m;
    const before = Number(measured.exec(figures.body)?.[1]);
    await eventually(
      async () => {
        const { body } = await getWithToken({ port: kubeletPort(), path: '/metrics/resource', token });
        return Number(measured.exec(body)?.[1]) > before;
      },
      { what: 'the other to be measured on', timeoutMs: 15_000, everyMs: 500 },
    );
    assert.ok((await top('pod')).some(([name, cpu]) => name === 'busy' && milli(cpu) > 50));
  });

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
    // The one that was evicted may still be on its way out.
    const left = (await podsOf('app=guarded')).filter(
      ({ metadata, status }) => status?.phase === 'Running' && metadata.deletionTimestamp === undefined,
    );
    assert.equal(left.length, 2, 'the budget holds');

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
