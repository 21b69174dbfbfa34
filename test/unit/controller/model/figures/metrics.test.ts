// What the routes answer, as text: names and labels are what tools look for.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expositionText } from '../../../../../common/metrics/exposition.ts';
import type { Pod, PodStatus } from '../../../../../common/pod.ts';
import { cadvisorMetrics } from '../../../../../controller/model/figures/cadvisor-metrics.ts';
import { machineCounters } from '../../../../../controller/model/figures/node-counters.ts';
import type { MachineFigures, NodeFigures } from '../../../../../controller/model/figures/node-figures.ts';
import { probeMetrics } from '../../../../../controller/model/figures/probe-metrics.ts';
import { resourceMetrics } from '../../../../../controller/model/figures/resource-metrics.ts';
import { statsSummary } from '../../../../../controller/model/figures/summary.ts';
import { placedCondition } from '../../../../../controller/model/placement-record.ts';
import { containerUse, podUse, statsReport } from '../../../../kit/figures.ts';
import { aPod, runningStatus } from '../../../../kit/pods.ts';

const AT_MS = Date.parse('2026-01-01T00:01:00.250Z');
const PLACED_MS = Date.parse('2026-01-01T00:00:03Z');
const report = statsReport();
const FILESYSTEM = report.machine?.filesystem ?? null;

function aMachine(agent: string): MachineFigures {
  if (!report.machine) throw new Error('the report has no machine');
  const ids = { machineId: `machine-${agent}`, systemUuid: `system-${agent}`, bootId: 'boot' };
  const capacity = { cpu: 4, memoryBytes: 2 ** 32 };
  return { agent, ...ids, capacity, atMs: AT_MS, stats: report.machine };
}

function figures(change: Partial<NodeFigures> = {}): NodeFigures {
  const pod = aPod({
    spec: {
      containers: [
        {
          name: 'main',
          image: 'busybox',
          resources: { limits: { cpu: '500m', memory: '64Mi' }, requests: { cpu: '250m' } },
        },
      ],
    },
    status: runningStatus({ conditions: [placedCondition({ agent: 'pi', agentUid: 'uid-pi' }, PLACED_MS)] }),
  });
  const pods = report.pods.map((stats) => ({ pod, atMs: AT_MS, stats, filesystem: FILESYSTEM }));
  const machines = ['attic', 'pi'].map(aMachine);
  const counters = report.machine ? machineCounters(report.machine) : undefined;
  return { nodeName: 'longshore', startedAtMs: 0, machines, counters, pods, ...change };
}

/** Those of these pods of the report. */
const withPods = (...changes: Parameters<typeof podUse>[0][]): NodeFigures => {
  const pods = changes.map((change, index) => {
    const pod = aPod({ name: `web-${index}`, uid: `uid-${index}`, status: runningStatus() });
    const [stats] = statsReport({ pods: [podUse(change)] }).pods;
    if (!stats) throw new Error('there is one pod');
    return { pod, atMs: AT_MS, stats, filesystem: null };
  });
  return figures({ pods });
};

const lines = (families: Parameters<typeof expositionText>[0]) =>
  [...expositionText(families)]
    .join('')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('/metrics/resource', () => {
  it('is what a kubelet says, dated', () => {
    assert.deepEqual(lines(resourceMetrics(figures())), [
      `node_cpu_usage_seconds_total 10 ${AT_MS}`,
      `node_memory_working_set_bytes ${2 ** 31} ${AT_MS}`,
      `node_swap_usage_bytes 32 ${AT_MS}`,
      'container_start_time_seconds{container="main",pod="web",namespace="default"} 1767225605',
      `container_cpu_usage_seconds_total{container="main",pod="web",namespace="default"} 2.5 ${AT_MS}`,
      `container_memory_working_set_bytes{container="main",pod="web",namespace="default"} 4000 ${AT_MS}`,
      `container_swap_usage_bytes{container="main",pod="web",namespace="default"} 64 ${AT_MS}`,
      `container_swap_limit_bytes{container="main",pod="web",namespace="default"} 100 ${AT_MS}`,
      `pod_cpu_usage_seconds_total{pod="web",namespace="default"} 3 ${AT_MS}`,
      `pod_memory_working_set_bytes{pod="web",namespace="default"} 4000 ${AT_MS}`,
      `pod_swap_usage_bytes{pod="web",namespace="default"} 64 ${AT_MS}`,
      'scrape_error 0',
      'resource_scrape_error 0',
    ]);
  });

  it('leaves out a container that has used nothing yet, which would cost its pod', () => {
    const fresh = containerUse({ name: 'fresh', id: 'c2', cpu: { usageUsec: 0 } });
    const found = lines(resourceMetrics(withPods({ containers: [containerUse(), fresh] })));
    const uses = (name: string) =>
      found.filter((line) => line.includes(`container="${name}"`) && !/swap/.test(line));
    assert.deepEqual([uses('main').length, uses('fresh').length], [3, 0]);
  });

  it('says nothing of a start that was not told', () => {
    const unknown = withPods({ containers: [containerUse({ startedAtMs: 0 })] });
    const found = [lines(resourceMetrics(unknown)), lines(cadvisorMetrics(unknown))].flat();
    assert.ok(!found.some((line) => line.startsWith('container_start_time')), found.join('\n'));
    assert.doesNotMatch(JSON.stringify(statsSummary(unknown, { brief: true })['pods']), /"main","startTime"/);
  });

  it('says so when no agent has told anything', () => {
    const none = figures({ machines: [], counters: undefined, pods: [] });
    assert.deepEqual(lines(resourceMetrics(none)), ['scrape_error 1', 'resource_scrape_error 1']);
  });
});

describe('/metrics/cadvisor', () => {
  it('makes nothing before it is read, and each family only then', () => {
    let looks = 0;
    const [pod] = figures().pods;
    assert.ok(pod);
    const watched = {
      ...pod,
      get stats() {
        looks++;
        return pod.stats;
      },
    };
    const families = cadvisorMetrics(figures({ pods: [watched] }));
    assert.equal(looks, 0);
    for (const { samples } of families) {
      const before = looks;
      const count = [...samples].length;
      if (count > 0 && looks > before) return;
    }
    assert.fail('no family looked at the pod when it was read');
  });

  const found = lines(cadvisorMetrics(figures()));
  const labels =
    'container="main",id="/docker/c1",image="busybox:latest",name="k8s_main_web_default_uid-web_0",' +
    'namespace="default",pod="web"';
  const ofPod = 'container="",id="/poduid-web",image="",name="",namespace="default",pod="web"';
  const network =
    'container="POD",id="/poduid-web",image="longshore.dev/pause",name="k8s_POD_web_default_uid-web",' +
    'namespace="default",pod="web",interface="eth0"';
  const ofNode = 'container="",id="/",image="",name="",namespace="",pod=""';
  for (const line of [
    `container_cpu_usage_seconds_total{${labels},cpu="total"} 2.5 ${AT_MS}`,
    `container_cpu_usage_seconds_total{${ofPod},cpu="total"} 3 ${AT_MS}`,
    `container_cpu_usage_seconds_total{${ofNode},cpu="total"} 10 ${AT_MS}`,
    `container_cpu_user_seconds_total{${labels}} 2 ${AT_MS}`,
    `container_cpu_system_seconds_total{${labels}} 0.5 ${AT_MS}`,
    `container_cpu_cfs_periods_total{${labels}} 100 ${AT_MS}`,
    `container_cpu_cfs_throttled_periods_total{${labels}} 25 ${AT_MS}`,
    `container_cpu_cfs_throttled_seconds_total{${labels}} 0.75 ${AT_MS}`,
    `container_memory_swap{${labels}} 64 ${AT_MS}`,
    `container_memory_swap{${ofPod}} 64 ${AT_MS}`,
    `container_processes{${labels}} 2 ${AT_MS}`,
    `container_threads{${labels}} 5 ${AT_MS}`,
    `container_fs_reads_bytes_total{${labels},device="/dev/sda"} 11 ${AT_MS}`,
    `container_fs_writes_bytes_total{${labels},device="/dev/sda"} 12 ${AT_MS}`,
    `container_fs_reads_total{${labels},device="/dev/sda"} 1 ${AT_MS}`,
    `container_fs_writes_total{${labels},device="/dev/sda"} 2 ${AT_MS}`,
    `container_fs_reads_bytes_total{${labels},device="9:9"} 5 ${AT_MS}`,
    `container_blkio_device_usage_total{${labels},device="/dev/sda",major="8",minor="0",operation="Write"} 12 ${AT_MS}`,
    `container_fs_limit_bytes{${labels}} 1000 ${AT_MS}`,
    `container_fs_limit_bytes{${ofNode}} 2000 ${AT_MS}`,
    `container_fs_usage_bytes{${ofNode}} 1200 ${AT_MS}`,
    `container_memory_working_set_bytes{${labels}} 4000 ${AT_MS}`,
    `container_memory_working_set_bytes{${ofPod}} 4000 ${AT_MS}`,
    `container_memory_usage_bytes{${labels}} 5000 ${AT_MS}`,
    `container_memory_usage_bytes{${ofNode}} ${3 * 2 ** 30} ${AT_MS}`,
    `container_memory_rss{${labels}} 3000 ${AT_MS}`,
    `container_memory_cache{${labels}} 1000 ${AT_MS}`,
    `container_memory_failures_total{${labels},failure_type="pgfault",scope="container"} 9 ${AT_MS}`,
    `container_oom_events_total{${labels}} 1 ${AT_MS}`,
    `container_network_receive_bytes_total{${network}} 70 ${AT_MS}`,
    `container_network_transmit_packets_total{${network}} 3 ${AT_MS}`,
    `container_last_seen{${labels}} ${Math.floor(AT_MS / 1000)} ${AT_MS}`,
    `container_start_time_seconds{${labels}} 1767225605`,
    `container_spec_cpu_period{${labels}} 100000`,
    `container_spec_cpu_quota{${labels}} 50000`,
    `container_spec_cpu_shares{${labels}} 256`,
    `container_spec_memory_limit_bytes{${labels}} ${64 * 2 ** 20}`,
    `machine_cpu_cores{agent="pi",boot_id="boot",machine_id="machine-pi",system_uuid="system-pi"} 4 ${AT_MS}`,
    'container_scrape_error 0',
  ]) {
    it(`has ${line.replace(/ .*/, '')}`, () => assert.ok(found.includes(line), found.join('\n')));
  }

  it('has no series twice, and none of what is not known', () => {
    const series = found.map((line) => line.replace(/} .*/, '}'));
    assert.equal(new Set(series).size, series.length);
    assert.ok(!found.some((line) => line.startsWith('container_fs_usage_bytes{container="main"')));
    const bare = containerUse({
      cfs: null,
      diskIo: [],
      processes: undefined,
      tasks: undefined,
      memory: null,
    });
    const unknown = lines(cadvisorMetrics(withPods({ containers: [bare] }))).filter((line) =>
      /container="main"/.test(line),
    );
    assert.ok(
      !unknown.some((line) => /^container_(cpu_cfs|fs|blkio|processes|threads|memory_)/.test(line)),
      unknown.join('\n'),
    );
    const measured = lines(
      cadvisorMetrics(withPods({ containers: [containerUse({ writtenBytes: 70, logBytes: 7 })] })),
    );
    assert.ok(measured.some((line) => /^container_fs_usage_bytes{container="main",.*} 77 /.test(line)));
  });
});

it('/metrics/probes counts what each probe has come to, and how long those took that succeeded', () => {
  const durationCounts = [0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1];
  const probes = [
    { type: 'liveness', successful: 5, failed: 2, durationCounts, durationUsec: 12_500_000 },
    { type: 'readiness', successful: 1 },
  ];
  const labels = (type: string) => `container="main",namespace="default",pod="web-0",probe_type="${type}"`;
  const uid = 'pod_uid="uid-0"';
  const buckets = [0, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 5];
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
  assert.deepEqual(lines(probeMetrics(withPods({ containers: [containerUse({ probes })] }))), [
    `prober_probe_total{${labels('Liveness')},${uid},result="successful"} 5`,
    `prober_probe_total{${labels('Liveness')},${uid},result="failed"} 2`,
    `prober_probe_total{${labels('Readiness')},${uid},result="successful"} 1`,
    ...bounds.map(
      (bound, index) =>
        `prober_probe_duration_seconds_bucket{${labels('Liveness')},le="${bound}"} ${buckets[index]}`,
    ),
    `prober_probe_duration_seconds_sum{${labels('Liveness')}} 12.5`,
    `prober_probe_duration_seconds_count{${labels('Liveness')}} 5`,
  ]);
});

describe('/stats/summary', () => {
  it('has the node’s sums and each pod, as a kubelet writes them', () => {
    const time = '2026-01-01T00:01:00Z';
    const inodes = { inodes: 100, inodesFree: 40, inodesUsed: 60 };
    const fs = { time, availableBytes: 800, capacityBytes: 2000, ...inodes, usedBytes: 1200 };
    const memory = { time, usageBytes: 5000, workingSetBytes: 4000, rssBytes: 3000, pageFaults: 9 };
    const eth0 = { name: 'eth0', rxBytes: 70, rxErrors: 0, txBytes: 30, txErrors: 0 };
    assert.deepEqual(JSON.parse(JSON.stringify(statsSummary(figures(), { brief: false }))), {
      node: {
        nodeName: 'longshore',
        startTime: '1970-01-01T00:00:00Z',
        cpu: { time, usageNanoCores: 1e9, usageCoreNanoSeconds: 10e9 },
        memory: {
          time,
          availableBytes: 2 ** 32,
          usageBytes: 3 * 2 ** 30,
          workingSetBytes: 2 ** 31,
          rssBytes: 2 ** 30,
        },
        swap: { time, swapAvailableBytes: 96, swapUsageBytes: 32 },
        network: { time, name: 'eth0', rxBytes: 1000, rxErrors: 0, txBytes: 500, txErrors: 0 },
        fs,
        runtime: { imageFs: fs, containerFs: fs },
        rlimit: { time, maxpid: 65536, curproc: 690 },
        systemContainers: [
          {
            name: 'kubelet',
            cpu: { time, usageNanoCores: 10_000_000, usageCoreNanoSeconds: 900_000_000 },
            memory: { time, usageBytes: 140, workingSetBytes: 140, rssBytes: 140 },
          },
          {
            name: 'pods',
            cpu: { time, usageNanoCores: 250_000_000 },
            memory: { time, workingSetBytes: 4000 },
          },
        ],
      },
      pods: [
        {
          podRef: { name: 'web', namespace: 'default', uid: 'uid-web' },
          startTime: '2026-01-01T00:00:03Z',
          containers: [
            {
              name: 'main',
              startTime: '2026-01-01T00:00:05Z',
              cpu: { time, usageNanoCores: 250_000_000, usageCoreNanoSeconds: 2.5e9 },
              memory,
              swap: { time, swapAvailableBytes: 36, swapUsageBytes: 64 },
            },
          ],
          cpu: { time, usageNanoCores: 250_000_000, usageCoreNanoSeconds: 3e9 },
          memory,
          swap: { time, swapUsageBytes: 64 },
          process_stats: { process_count: 2 },
          network: { time, ...eth0, interfaces: [eth0] },
        },
      ],
    });
  });

  it('tells a container’s own layer from its logs, and of volumes what was measured', () => {
    const pod = aPod({
      spec: {
        containers: [
          {
            ...{ name: 'main', image: 'busybox' },
            volumeMounts: ['scratch', 'data'].map((name) => ({ name, mountPath: `/${name}` })),
          },
        ],
        volumes: [
          { name: 'scratch', emptyDir: {} },
          { name: 'ram', emptyDir: { medium: 'Memory' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'mine' } },
          { name: 'own', ephemeral: {} },
        ],
      },
      status: runningStatus(),
    });
    const use = (name: string, usedBytes: number) => ({ name, usedBytes });
    const disk = { capacityBytes: 500, availableBytes: 100, inodes: 10, freeInodes: 4 };
    const volumes = [
      { ...use('scratch', 30), usedInodes: 3 },
      { ...use('ram', 4), filesystem: { capacityBytes: 64, availableBytes: 60 } },
      { ...use('data', 400), usedInodes: 6, filesystem: disk },
      use('own', 1),
    ];
    const summary = (change: Parameters<typeof podUse>[0], filesystem: typeof FILESYSTEM) => {
      const [stats] = statsReport({ pods: [podUse(change)] }).pods;
      assert.ok(stats);
      const { pods } = statsSummary(figures({ pods: [{ pod, atMs: AT_MS, stats, filesystem }] }), {
        brief: false,
      }) as {
        pods: Record<string, unknown>[];
      };
      return JSON.parse(JSON.stringify(pods[0]));
    };
    const containers = [containerUse({ writtenBytes: 70, logBytes: 7, logFiles: 2 })];
    const whole = summary({ containers, volumes }, FILESYSTEM);
    const time = '2026-01-01T00:01:00Z';
    const room = { time, availableBytes: 400, capacityBytes: 1000, inodes: 50, inodesFree: 20 };
    assert.deepEqual(whole.containers[0].rootfs, { ...room, usedBytes: 70 });
    assert.deepEqual(whole.containers[0].logs, { ...room, inodesUsed: 2, usedBytes: 7 });
    assert.deepEqual(whole['ephemeral-storage'], { ...room, usedBytes: 70 + 7 + 30 });
    const namespace = 'default';
    assert.deepEqual(whole.volume, [
      { time, name: 'scratch', usedBytes: 30, inodesUsed: 3 },
      { time, name: 'ram', usedBytes: 4, capacityBytes: 64, availableBytes: 60 },
      {
        ...{ time, name: 'data', usedBytes: 400, capacityBytes: 500, availableBytes: 100 },
        ...{ inodes: 10, inodesFree: 4, inodesUsed: 6, pvcRef: { name: 'mine', namespace } },
      },
      { time, name: 'own', usedBytes: 1, pvcRef: { name: 'web-own', namespace } },
    ]);
    const quiet = summary({ containers: [containerUse({ writtenBytes: 0, logBytes: 7 })], volumes }, null);
    assert.deepEqual(quiet['ephemeral-storage'], { time, usedBytes: 37 });
    const part = summary({ containers: [containerUse({ writtenBytes: 70 })], volumes: [] }, null);
    assert.deepEqual(part.containers[0].rootfs, { time, usedBytes: 70 });
    assert.deepEqual(
      [part.containers[0].logs, part.volume, part['ephemeral-storage']],
      [undefined, undefined, undefined],
    );
  });

  it('tells how much more memory a pod may have, of its own limit or of those of all its containers', () => {
    const limited = (name: string, workingSetBytes: number, availableBytes?: number) =>
      containerUse({ name, id: name, memory: { workingSetBytes, availableBytes } });
    const both = [limited('a', 40, 60), limited('b', 10, 5)];
    const open = [limited('a', 40, 60), limited('b', 10)];
    const whole = { resources: { limits: { memory: '90' } } };
    const cases: [typeof both, Partial<Pod['spec']>, PodStatus, number | undefined][] = [
      [both, {}, {}, 65],
      [open, {}, {}, undefined],
      [open, whole, {}, 40],
      [both, whole, {}, 40],
      [both, whole, { resources: { limits: { memory: '70' } } }, 20],
      [both, whole, { resources: { limits: { memory: '30' } } }, 0],
      [[containerUse({ memory: null })], whole, {}, undefined],
    ];
    for (const [containers, spec, status, expected] of cases) {
      const [stats] = statsReport({ pods: [podUse({ containers })] }).pods;
      assert.ok(stats);
      const pod = aPod({ spec, status: runningStatus(status) });
      const pods = [{ pod, atMs: AT_MS, stats, filesystem: null }];
      const summary = JSON.parse(JSON.stringify(statsSummary(figures({ pods }), { brief: true })));
      assert.equal(summary.pods[0].memory.availableBytes, expected);
      if (expected === 65) assert.equal(summary.pods[0].containers[0].memory.availableBytes, 60);
    }
  });

  it('names the interfaces of a node that is one machine', () => {
    const [machine] = figures().machines;
    assert.ok(machine);
    const text = JSON.stringify(statsSummary(figures({ machines: [machine] }), { brief: false })['node']);
    assert.match(text, /"interfaces":\[\{"name":"eth0","rxBytes":1000,/);
  });

  it('leaves out what not every machine tells', () => {
    const [first, second] = figures().machines;
    assert.ok(first && second);
    const silent = { ...second.stats, services: [], memory: null, tasks: undefined };
    const machines = [
      first,
      { ...second, stats: { ...silent, filesystem: { capacityBytes: 1, availableBytes: 1 } } },
    ];
    const text = JSON.stringify(statsSummary(figures({ machines }), { brief: false })['node']);
    assert.doesNotMatch(text, /swap|inodes|rlimit|kubelet|rssBytes/);
    const bare = [first, { ...second, stats: { ...silent, filesystem: null } }];
    const none = JSON.stringify(statsSummary(figures({ machines: bare }), { brief: false })['node']);
    assert.doesNotMatch(none, /capacityBytes|imageFs/);
    const series = lines(cadvisorMetrics(figures({ machines: bare, pods: [] })));
    assert.ok(!series.some((line) => line.startsWith('container_fs_')), series.join('\n'));
  });

  it('is CPU and memory alone when asked for it', () => {
    const text = JSON.stringify(statsSummary(figures(), { brief: true }));
    assert.match(text, /"usageNanoCores".*"workingSetBytes"/);
    assert.doesNotMatch(text, /network|"fs"|rootfs|runtime|rlimit|process_stats|systemContainers/);
  });
});
