// A node for each machine, as a user and the cluster's own scheduler and controllers see them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../common/clock.ts';
import type { Pod } from '../../common/pod.ts';
import { stopProcess } from '../../sandbox/process.ts';
import { ensureBusyboxImage } from '../kit/busybox-image.ts';
import { eventually } from '../kit/eventually.ts';
import { getWithToken } from '../kit/kubelet-call.ts';
import { podManifest, podTemplate } from '../kit/manifest.ts';
import {
  containersOfPod,
  controlPlaneUnderTest,
  processRecord,
  startSandbox,
  type TestSandbox,
} from '../kit/sandbox.ts';

const isReal = controlPlaneUnderTest() === 'real';
const RUNS = { main: 'echo up; exec sleep 1000' };
/** A megabyte in its volume, another in its own layer. */
const KEEPS = {
  main: 'echo up; for at in /data/file /file; do head -c 1048576 /dev/zero >$at; done; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 1000',
};

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

interface Node {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key: string; readonly effect: string }[];
  };
  readonly status: {
    readonly capacity: Readonly<Record<string, string>>;
    readonly conditions: readonly Condition[];
    readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  };
}

describe('a node for each of five agents', () => {
  let sandbox: TestSandbox;
  const kubectl = (...args: string[]) => sandbox.kubectl(args);
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl(...args, '-o', 'json'));
  const node = (agent: string) => json<Node>('get', 'node', `longshore-${agent}`);
  const patch = (kind: string, name: string, body: object) =>
    kubectl('patch', kind, name, '--type', 'merge', '-p', JSON.stringify(body));
  const taints = async (agent: string) => (await node(agent)).spec.taints?.map(({ key }) => key) ?? [];

  interface Wish {
    readonly labels?: Readonly<Record<string, string>>;
    readonly container?: Readonly<Record<string, unknown>>;
    readonly spec?: Readonly<Record<string, unknown>>;
  }

  function create(name: string, { labels = {}, container = {}, spec = {} }: Wish = {}): Promise<string> {
    const pod = JSON.parse(podManifest({ name, containers: RUNS, container, spec }));
    const manifest = { ...pod, metadata: { ...pod.metadata, labels: { test: 'nodes', ...labels } } };
    return sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(manifest));
  }
  const on = (agent: string) => ({ nodeSelector: { 'kubernetes.io/hostname': `longshore-${agent}` } });
  const ready = (name: string) => kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s');
  const remove = () => kubectl('delete', 'pod', '-l', 'test=nodes', '--wait=true', '--timeout=60s');

  /** Of a ServiceAccount that may read at nodes, or at those named. */
  async function tokenFor(name: string, which: readonly string[]): Promise<string> {
    await kubectl('create', 'serviceaccount', name);
    await kubectl(
      'create',
      'clusterrole',
      name,
      '--verb=get',
      '--resource=nodes/proxy,nodes/stats,nodes/metrics',
      ...which,
    );
    const subject = `--serviceaccount=default:${name}`;
    await kubectl('create', 'clusterrolebinding', name, `--clusterrole=${name}`, subject);
    return (await kubectl('create', 'token', name)).trim();
  }

  async function askKubelet(agent: string, call: { readonly path: string; readonly token: string }) {
    const { Port } = (await node(agent)).status.daemonEndpoints.kubeletEndpoint;
    return getWithToken({ port: Port, ...call });
  }

  before(async () => {
    await ensureBusyboxImage();
    const controlPlaneFlags = isReal ? ['kube-controller-manager:--node-monitor-grace-period=20s'] : [];
    sandbox = await startSandbox({ agents: 5, nodes: 'per-agent', controlPlaneFlags });
    // It falls silent now; what becomes of its node is looked at late.
    const tolerations = [
      { key: 'virtual-kubelet.io/provider', operator: 'Exists' },
      {
        ...{ key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
        tolerationSeconds: 2,
      },
    ];
    await create('on-lost', { labels: { test: 'lost' }, spec: { ...on('agent-5'), tolerations } });
    await ready('on-lost');
    if (isReal) await sandbox.kill('agent-5');
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  it('shows each machine: its own Lease, port, resources and address', async () => {
    const names = ['1', '2', '3', '4', '5'].map((number) => `longshore-agent-${number}`);
    assert.deepEqual((await kubectl('get', 'nodes', '-o', 'name')).trim().split('\n'), [
      ...names.map((name) => `node/${name}`),
    ]);
    const { items } = await json<{ items: { metadata: { name: string } }[] }>(
      'get',
      'leases',
      '-n',
      'kube-node-lease',
    );
    assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), names);
    const nodes = await Promise.all(['agent-1', 'agent-2', 'agent-3'].map(node));
    assert.equal(new Set(nodes.map(({ status }) => status.daemonEndpoints.kubeletEndpoint.Port)).size, 3);
    assert.deepEqual(
      nodes.map(({ status }) => status.capacity['cpu']),
      ['2', '2', '2'],
    );
  });

  it('has labels and taints from the Agent, takes them back, and leaves alone what others gave the node', async () => {
    await kubectl('label', 'node', 'longshore-agent-2', 'theirs=kept');
    await kubectl('taint', 'node', 'longshore-agent-2', 'their=taint:PreferNoSchedule');
    await patch('agent', 'agent-2', {
      spec: { labels: { disk: 'ssd' }, taints: [{ key: 'guest', effect: 'NoSchedule' }] },
    });
    await eventually(async () => (await node('agent-2')).metadata.labels['disk'] === 'ssd', {
      what: 'label',
    });
    assert.deepEqual((await taints('agent-2')).sort(), ['guest', 'their', 'virtual-kubelet.io/provider']);

    await create('wants-ssd', { spec: { nodeSelector: { disk: 'ssd' } } });
    await eventually(async () => isUnscheduled(await sandbox.pod('wants-ssd')), {
      what: 'the taint to hold',
    });

    await patch('agent', 'agent-2', { spec: { taints: null } });
    await ready('wants-ssd');
    assert.equal((await sandbox.pod('wants-ssd')).spec.nodeName, 'longshore-agent-2');
    await patch('agent', 'agent-2', { spec: { labels: null } });
    await eventually(async () => (await node('agent-2')).metadata.labels['disk'] === undefined, {
      what: 'label',
    });
    assert.equal((await node('agent-2')).metadata.labels['theirs'], 'kept');
    assert.deepEqual((await taints('agent-2')).sort(), ['their', 'virtual-kubelet.io/provider']);
    await kubectl('taint', 'node', 'longshore-agent-2', 'their-');
    await remove();
  });

  it('serves logs, exec and the list of pods at each node, and only those of its own pods', async () => {
    const data = { volumes: [{ name: 'data', emptyDir: {} }] };
    const [busy] = JSON.parse(podManifest({ name: 'one', containers: KEEPS })).spec.containers;
    const container = {
      ...busy,
      resources: { limits: { cpu: '100m', memory: '32Mi' } },
      readinessProbe: { exec: { command: ['true'] }, periodSeconds: 2 },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    };
    await Promise.all([
      create('one', { spec: { ...on('agent-1'), ...data, containers: [container] } }),
      create('two', { spec: on('agent-2') }),
    ]);
    await Promise.all([ready('one'), ready('two')]);
    assert.equal(await kubectl('logs', 'one'), 'up\n');
    assert.equal(await kubectl('exec', 'two', '--', 'echo', 'hello'), 'hello\n');
    const token = await tokenFor('reader', []);
    const read = (agent: string, path: string) => askKubelet(agent, { path, token });
    const { items } = JSON.parse((await read('agent-1', '/pods')).body);
    assert.deepEqual(
      items.map(({ metadata }: Pod) => metadata.name),
      ['one'],
    );
    assert.deepEqual(await read('agent-2', '/containerLogs/default/two/main'), { status: 200, body: 'up\n' });
    assert.deepEqual(await read('agent-1', '/containerLogs/default/two/main'), {
      status: 404,
      body: 'pod "two" does not exist',
    });
    const summary = await eventually(
      async () => {
        const told = JSON.parse((await read('agent-1', '/stats/summary')).body);
        return told.pods[0]?.['ephemeral-storage'] ? told : undefined;
      },
      { timeoutMs: 60_000, everyMs: 1000, what: 'volumes to be measured' },
    );
    assert.equal(summary.node.nodeName, 'longshore-agent-1');
    assert.ok(summary.node.cpu.usageCoreNanoSeconds > 0);
    assert.deepEqual(
      summary.pods.map(({ podRef }: { podRef: { name: string } }) => podRef.name),
      ['one'],
    );
    const { body: cadvisor } = await read('agent-1', '/metrics/cadvisor');
    for (const series of ['container_cpu_cfs_periods_total', 'container_threads', 'container_fs_limit_bytes'])
      assert.match(cadvisor, new RegExp(`^${series}\\{container="main",.*,pod="one"\\} [1-9]`, 'm'));
    const [kept] = summary.pods;
    const [{ rootfs, logs, ...main }] = kept.containers;
    const [volume] = kept.volume.filter(({ name }: { name: string }) => name === 'data');
    for (const { usedBytes, capacityBytes } of [rootfs, volume])
      assert.ok(
        usedBytes >= 2 ** 20 && usedBytes < 2 ** 21 && capacityBytes > usedBytes,
        JSON.stringify(kept),
      );
    assert.ok(logs.usedBytes > 0 && logs.usedBytes < 1000 && logs.inodesUsed === 1, JSON.stringify(logs));
    for (const { availableBytes, workingSetBytes } of [kept.memory, main.memory])
      assert.equal(availableBytes + workingSetBytes, 32 * 2 ** 20, 'what its limit leaves');
    assert.ok(kept.startTime <= main.startTime && main.startTime < main.cpu.time, JSON.stringify(kept));
    const { body: probes } = await read('agent-1', '/metrics/probes');
    assert.match(probes, /^prober_probe_duration_seconds_count\{.*,probe_type="Readiness"\} [1-9]/m);
    const sum = rootfs.usedBytes + logs.usedBytes + volume.usedBytes;
    assert.equal(kept['ephemeral-storage'].usedBytes, sum);
    const where = await json<{ items: Pod[] }>('get', 'pods', '-l', 'test=nodes');
    assert.deepEqual(
      where.items.map(({ metadata }) => metadata.annotations?.['longshore.dev/agent']).sort(),
      ['agent-1', 'agent-2'],
    );
    await remove();
  });

  it('asks whether a caller may reach the very node whose port it dials', async () => {
    const token = await tokenFor('reads-one', ['--resource-name=longshore-agent-1']);
    assert.equal((await askKubelet('agent-1', { path: '/pods', token })).status, 200);
    assert.equal((await askKubelet('agent-2', { path: '/pods', token })).status, 403);
  });

  it('is cordoned from either side', async () => {
    const agentIsCordoned = async () =>
      (await json<{ spec: { unschedulable?: boolean } }>('get', 'agent', 'agent-3')).spec.unschedulable ===
      true;
    const nodeIsCordoned = async () => (await node('agent-3')).spec.unschedulable === true;
    await kubectl('cordon', 'longshore-agent-3');
    await eventually(agentIsCordoned, { what: 'the Agent to follow' });
    await patch('agent', 'agent-3', { spec: { unschedulable: false } });
    await eventually(async () => !(await nodeIsCordoned()), { what: 'the node to follow' });
    await patch('agent', 'agent-3', { spec: { unschedulable: true } });
    await eventually(nodeIsCordoned, { what: 'the node to be cordoned' });
    await kubectl('uncordon', 'longshore-agent-3');
    await eventually(async () => !(await agentIsCordoned()), { what: 'the Agent to be uncordoned' });
    const reasons = () =>
      kubectl('get', 'events', '--field-selector', 'involvedObject.name=longshore-agent-3');
    await eventually(async () => (await reasons()).includes(' NodeNotSchedulable '), { what: 'the event' });
    await eventually(async () => (await reasons()).includes(' NodeSchedulable '), {
      what: 'the other event',
    });
  });

  /** Of the Deployment `worker`: where its pod runs, once that is ready. */
  const worker = async () => {
    const { items } = await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=worker');
    const [pod] = items.filter(({ metadata, status }) => {
      const isReadyNow = status?.conditions?.some(
        ({ type, status: is }) => type === 'Ready' && is === 'True',
      );
      return isReadyNow && metadata.deletionTimestamp === undefined;
    });
    return pod?.spec.nodeName;
  };

  /** One that would rather be on agent-3 than anywhere else. */
  async function deployWorker(): Promise<void> {
    const host = { key: 'kubernetes.io/hostname', operator: 'In', values: ['longshore-agent-3'] };
    const preferred = [{ weight: 100, preference: { matchExpressions: [host] } }];
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
    const labels = { app: 'worker' };
    const template = podTemplate({ containers: RUNS, spec: { affinity } }, labels);
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker' }, spec };
    await sandbox.kubectl(['apply', '-f', '-'], JSON.stringify(deployment));
    assert.equal(await eventually(worker, { what: 'the pod of the Deployment' }), 'longshore-agent-3');
  }

  /** As a scheduler does that had made up its mind before. */
  function bind(name: string, to: string): Promise<string> {
    const target = { apiVersion: 'v1', kind: 'Node', name: to };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target };
    const path = `/api/v1/namespaces/default/pods/${name}/binding`;
    return sandbox.kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(binding));
  }

  it("is unschedulable while its machine is its owner's, says so, and gives up its pods and those just bound to it", async () => {
    // The built-in control plane has nobody who would make pods of it.
    if (isReal) await deployWorker();
    await create('held', { spec: { nodeName: 'longshore-agent-3' } });
    await create('late', { spec: { schedulerName: 'by-hand' } });
    await ready('held');
    const quietOf = ({ status }: { status: { conditions: readonly Condition[] } }) =>
      status.conditions.find(({ type }) => type === 'QuietHours');
    const quiet = async () => quietOf(await node('agent-3'))?.status;
    const quietHours = [{ schedule: '0 0 * * *', duration: '24h', timeZone: 'UTC' }];
    await patch('agent', 'agent-3', { spec: { quietHours } });
    await eventually(async () => (await node('agent-3')).spec.unschedulable === true, {
      what: 'quiet hours',
    });
    await eventually(async () => (await quiet()) === 'True', { what: 'the condition of the node' });
    await bind('late', 'longshore-agent-3');
    for (const name of ['held', 'late'])
      await eventually(async () => (await sandbox.findPod(name)) === undefined, {
        what: `the end of ${name}`,
      });
    const since = quietOf(await json('get', 'agent', 'agent-3'))?.lastTransitionTime ?? '';
    const about = ['--field-selector', 'reason=Evicted,involvedObject.name=held'];
    const { items } = await json<{ items: { firstTimestamp: string }[] }>('get', 'events', ...about);
    const tookMs = Date.parse(items[0]?.firstTimestamp ?? '') - Date.parse(since);
    assert.ok(
      tookMs < 10_000,
      `as soon as the node is closed, not ${tookMs} ms later as if nobody had seen that`,
    );
    if (isReal) {
      const moved = await eventually(async () => /agent-[124]$/.exec((await worker()) ?? ''), {
        what: 'the pod of the Deployment elsewhere',
      });
      assert.notEqual(moved, null);
      await kubectl('delete', 'deployment', 'worker', '--cascade=foreground');
    }
    await patch('agent', 'agent-3', { spec: { quietHours: null } });
    await eventually(async () => !(await node('agent-3')).spec.unschedulable, { what: 'their end' });
    await eventually(async () => (await quiet()) === undefined, { what: 'the condition to go' });
  });

  it('is drained as far as a budget allows, and no other machine with it', async () => {
    await kubectl('create', 'pdb', 'guarded', '--selector=app=guarded', '--min-available=2');
    const names = ['a', 'b', 'c'];
    await Promise.all(
      names.map((name, index) =>
        create(name, { labels: { app: 'guarded' }, spec: on(`agent-${index === 2 ? 2 : 1}`) }),
      ),
    );
    await Promise.all(names.map(ready));
    await eventually(async () => (await kubectl('get', 'pdb', 'guarded')).includes(' 1 '), {
      what: 'budget',
    });
    const first = await sandbox.pod('a');
    const drain = ['drain', 'longshore-agent-1', '--ignore-daemonsets', '--force'];
    const blocked = await sandbox.tryKubectl([...drain, '--timeout=4s']);
    assert.notEqual(blocked.code, 0);
    assert.match(blocked.stderr, /disruption budget/);
    // The one that was evicted may still be on its way out.
    const guarded = await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=guarded');
    const left = guarded.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    assert.equal(left.length, 2, 'the budget holds');

    await kubectl('delete', 'pdb', 'guarded');
    await kubectl(...drain, '--timeout=30s');
    const rest = await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=guarded');
    assert.deepEqual(
      rest.items.map(({ metadata }) => metadata.name),
      ['c'],
    );
    assert.deepEqual(await containersOfPod(first.metadata.uid), []);
    await kubectl('uncordon', 'longshore-agent-1');

    const said = await sandbox.longshore(['agents', 'drain', 'agent-2', '--force']);
    assert.match(said, /^agent\/agent-2 cordoned\n(.*\n)*agent\/agent-2 drained\n$/);
    assert.equal(await sandbox.findPod('c'), undefined);
    await eventually(async () => (await node('agent-2')).spec.unschedulable, {
      what: 'the cordon of the node',
    });
    await kubectl('uncordon', 'longshore-agent-2');
    const agentSpec = async () => (await json<{ spec: object }>('get', 'agent', 'agent-2')).spec;
    await eventually(async () => !('drain' in (await agentSpec())), { what: 'the end of the drain' });
    await remove();
  });

  it('has each host port once, as every machine has', async () => {
    const hostPort = 20_000 + (process.pid % 10_000);
    const ports = [{ containerPort: 80, hostPort }];
    const values = ['agent-1', 'agent-2'];
    const term = { matchExpressions: [{ key: 'longshore.dev/agent', operator: 'In', values }] };
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    const wish = { container: { ports }, spec: { affinity: { nodeAffinity: required } } };
    for (const name of ['port-1', 'port-2']) await create(name, wish);
    const nodes = await Promise.all(
      ['port-1', 'port-2'].map((name) =>
        eventually(async () => (await sandbox.pod(name)).spec.nodeName, { what: `the node of ${name}` }),
      ),
    );
    assert.deepEqual(nodes.sort(), ['longshore-agent-1', 'longshore-agent-2']);
    await create('port-3', wish);
    const unscheduled = await eventually(async () => unscheduledOf(await sandbox.pod('port-3')), {
      what: 'a third to wait',
    });
    assert.match(unscheduled.message ?? '', /2 node\(s\) didn't have free ports for the requested pod ports/);
    await remove();
  });

  const itOnReal = isReal ? it : () => undefined;
  // The scheduler of the built-in control plane knows no company among pods.
  itOnReal('lets the scheduler spread pods over machines', async () => {
    const labels = { app: 'spread' };
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: labels } };
    const constraint = { ...term, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' };
    const among = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: 'longshore.dev/agent', operator: 'In', values: ['agent-1', 'agent-2', 'agent-3'] },
              ],
            },
          ],
        },
      },
    };
    const names = ['1', '2', '3', '4', '5', '6'].map((number) => `spread-${number}`);
    const spec = { topologySpreadConstraints: [constraint], affinity: among };
    await Promise.all(names.map((name) => create(name, { labels, spec })));
    await Promise.all(names.map(ready));
    const { items } = await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=spread');
    const counts = new Map<string, number>();
    for (const { spec: bound } of items) {
      counts.set(bound.nodeName ?? '', (counts.get(bound.nodeName ?? '') ?? 0) + 1);
    }
    assert.deepEqual([...counts.values()], [2, 2, 2]);
    await remove();

    const alone = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] }, ...among };
    const four = ['1', '2', '3', '4'].map((number) => `alone-${number}`);
    for (const name of four) await create(name, { labels, spec: { affinity: alone } });
    const unscheduled = async () => {
      const pods = (await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=spread')).items;
      return pods.filter(isUnscheduled).length === 1 && pods.filter(({ spec }) => spec.nodeName).length === 3;
    };
    await eventually(unscheduled, { what: 'one pod that waits' });
    await remove();
  });

  // How long that takes can be set there alone.
  itOnReal('is the node lifecycle controller’s when its agent is lost, and comes back with it', async () => {
    const isReady = async () =>
      (await node('agent-5')).status.conditions.find(({ type }) => type === 'Ready')?.status;
    await eventually(async () => (await isReady()) === 'Unknown', { what: 'Unknown', timeoutMs: 90_000 });
    await eventually(async () => (await taints('agent-5')).includes('node.kubernetes.io/unreachable'), {
      what: 'the taint',
    });
    await eventually(async () => (await sandbox.pod('on-lost')).metadata.deletionTimestamp, {
      what: 'the eviction',
      timeoutMs: 20_000,
    });
    assert.equal((await node('agent-1')).status.conditions.at(-1)?.status, 'True');
    sandbox.startAgent('agent-5');
    await eventually(async () => (await isReady()) === 'True', { what: 'the return', timeoutMs: 30_000 });
  });

  it('keeps what runs on a machine through a restart of the controller, whatever became of the node meanwhile', async () => {
    const agents = ['agent-1', 'agent-2'];
    await Promise.all(agents.map((agent) => create(`on-${agent}`, { spec: on(agent) })));
    await Promise.all(agents.map((agent) => ready(`on-${agent}`)));
    const containers = async () =>
      await Promise.all(
        agents.map(async (agent) => containersOfPod((await sandbox.pod(`on-${agent}`)).metadata.uid)),
      );
    const before = await containers();
    // In an orderly way, so that the next one need not wait until it may lead.
    await stopProcess(processRecord(sandbox.layout, 'controller'), 10_000, systemClock);
    await kubectl('annotate', 'node', 'longshore-agent-2', 'longshore.dev/carried-over-');
    // Last, since the cluster deletes the pods of a node that is missing for 40 s.
    await kubectl('delete', 'node', 'longshore-agent-1');
    await sandbox.up();
    for (const agent of agents)
      await kubectl('wait', '--for=condition=Ready', `node/longshore-${agent}`, '--timeout=30s');
    await Promise.all(agents.map((agent) => ready(`on-${agent}`)));
    assert.deepEqual(await containers(), before);
    await remove();
  });

  it('goes with its Agent', async () => {
    await kubectl('delete', 'agent', 'agent-4', '--timeout=30s');
    await eventually(
      async () => (await kubectl('get', 'node', 'longshore-agent-4', '--ignore-not-found')) === '',
      { what: 'the node to be gone' },
    );
    assert.equal(
      await kubectl('get', 'lease', '-n', 'kube-node-lease', 'longshore-agent-2', '-o', 'name'),
      'lease.coordination.k8s.io/longshore-agent-2\n',
    );
  });
});

function isUnscheduled(pod: Pod): boolean {
  return unscheduledOf(pod) !== undefined;
}

/** What the scheduler says of a pod that it finds no node for. */
function unscheduledOf({ status }: Pod) {
  return status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
}
