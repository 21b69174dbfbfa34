// fleet-scale: a controller with 1,000 agents and 10,000 pods. The agents are simulated, over real gRPC and TLS. The control
// plane is a real one where its programs are at hand: so many pods are slow on the built-in one.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BUSYBOX_IMAGE } from '../../kit/busybox-image.ts';
import { eventually } from '../../kit/eventually.ts';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';
import { podNames } from '../bench-pods.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { bundleOf, startInstalledController } from '../installed.ts';
import { openPodApi, type PodApi } from '../pod-api.ts';
import { type NodeProcess, readCpuSeconds, readProcessMemory } from '../process-memory.ts';
import { type Fleet, startFleet } from '../simulation/fleet-process.ts';
import { perSecond, summarise } from '../statistics.ts';

const AGENTS = 1000;
const PODS = 10_000;
/** Until nothing is told any more of what came before: an Agent's status is written every ten seconds at most. */
const SETTLE_MS = 30_000;
const IDLE_MS = 20_000;
const CHANGES = 300;
const CORDONED = 60;
const STATUSES = 11;
const LOOK_MS = 10;
const PATIENCE_MS = 300_000;
const SETUP_PATIENCE_MS = 900_000;

const atMost = (most: number, unit: FigureSpec['unit']): FigureSpec => ({
  unit,
  target: { kind: 'absolute', atMost: most },
});

const FIGURES = {
  'controller RSS': atMost(512, 'MiB'),
  'controller CPU when idle': atMost(10, '%'),
  'status change to API server, p99': atMost(1000, 'ms'),
  'writes of the node under churn': atMost(1, '/s'),
  'longshore status': atMost(300, 'ms'),
  'restart to steady state': atMost(15_000, 'ms'),
} as const satisfies Record<string, FigureSpec>;

export function fleetScale(): Benchmark<keyof typeof FIGURES> {
  const held = new AsyncDisposableStack();
  const names = podNames('scale', PODS);
  let program = '';
  let sandbox: TestSandbox;
  let controller: NodeProcess;
  let api: PodApi;
  let fleet: Fleet;
  let restartCount = 0;

  const startController = () => startInstalledController(sandbox, program, ['--pod-cidr', 'none']);
  const longshore = async (...args: string[]) => {
    const command = [program, ...args, '--kubeconfig', sandbox.kubeconfig];
    return (await promisify(execFile)(process.execPath, command, { maxBuffer: 2 ** 24 })).stdout;
  };
  const serves = () => eventually(() => longshore('status'), { what: 'the controller', timeoutMs: 60_000 });

  return {
    name: 'fleet-scale',
    what: `The bundled controller with ${AGENTS.toLocaleString('en')} simulated agents over real gRPC and TLS and ${PODS.toLocaleString('en')} pods, beside the control plane and the agents on the same machine. RSS and CPU are those of ${IDLE_MS / 1000} quiet seconds, after ${SETTLE_MS / 1000} in which all settles; churn is ${CORDONED} agents cordoned and uncordoned again one after the other, as fast as it goes, and the writes are those between the first and the last; longshore status is the median of ${STATUSES}; steady after a crash means that every agent has a session and every pod is Running, the 6 s until the Lease of the one before has lapsed included.`,
    figures: FIGURES,
    rounds: 1,
    isWarm: true,
    async setup({ say }) {
      program = await bundleOf('controller/main.ts');
      sandbox = held.use(await startSandbox({ agents: 1, controlPlane: 'auto' }));
      await sandbox.kill('controller');
      held.defer(() => controller[Symbol.asyncDispose]());
      controller = startController();
      await serves();
      // The one agent that is real keeps out of it.
      await longshore('agents', 'cordon', 'agent-1');
      api = held.use(await openPodApi(sandbox.kubeconfig));
      const { token, controllerAddress } = JSON.parse(
        await longshore('tokens', 'create', '--reusable', '-o', 'json'),
      );
      say(`${AGENTS} agents join`);
      fleet = held.use(startFleet());
      await fleet.join({ agents: AGENTS, controller: controllerAddress, token });
      say(`${PODS} pods`);
      for (let start = 0; start < PODS; start += 500) {
        await Promise.all(names.slice(start, start + 500).map((name) => api.create(manifest(name))));
      }
      say('all are created');
      await api.until(names, (pod) => pod?.status?.phase === 'Running', SETUP_PATIENCE_MS);
    },
    async run() {
      await quiet(SETTLE_MS);
      const cpuBefore = readCpuSeconds(controller.pid);
      await quiet(IDLE_MS);
      const cpu = ((readCpuSeconds(controller.pid) - cpuBefore) * 1000 * 100) / IDLE_MS;
      const { rssMiB } = readProcessMemory(controller.pid);
      return {
        'controller RSS': rssMiB,
        'controller CPU when idle': cpu,
        'status change to API server, p99': await statusChanges(),
        'writes of the node under churn': await churn(),
        'longshore status': await statusTime(),
        'restart to steady state': await restart(),
      };
    },
    teardown: () => held.disposeAsync(),
  };

  async function statusChanges(): Promise<number> {
    const latencies: number[] = [];
    for (let change = 0; change < CHANGES; change++) {
      const name = names[(change * 31) % PODS] ?? '';
      restartCount += 1;
      latencies.push(
        await timed(async () => {
          fleet.restart(api.uid(name), restartCount);
          await api.until(
            [name],
            (pod) => pod?.status?.containerStatuses?.[0]?.restartCount === restartCount,
          );
        }),
      );
    }
    return percentile(latencies, 0.99);
  }

  /** Versions of the Node a second, whoever writes them, while what it shows of the fleet changes all the time. */
  async function churn(): Promise<number> {
    await using watch = sandbox.followKubectl(['get', 'node', 'longshore', '-w', '--no-headers']);
    const agents = Array.from({ length: CORDONED }, (_, index) => `simulated-${index + 1}`);
    const lines = () => watch.output.split('\n').length - 1;
    await eventually(() => lines() > 0, { what: 'the watch of the node' });
    let seen = lines();
    const writesMs: number[] = [];
    const looking = setInterval(() => {
      for (; seen < lines(); seen++) writesMs.push(performance.now());
    }, LOOK_MS);
    try {
      await longshore('agents', 'cordon', ...agents);
      await longshore('agents', 'uncordon', ...agents);
      await quiet(1000);
    } finally {
      clearInterval(looking);
    }
    if (writesMs.length < 2) throw new Error('the node shows nothing of the churn');
    return perSecond(writesMs);
  }

  async function statusTime(): Promise<number> {
    const samples: number[] = [];
    while (samples.length < STATUSES) samples.push(await timed(() => longshore('status')));
    return summarise(samples).median;
  }

  async function restart(): Promise<number> {
    await controller[Symbol.asyncDispose]();
    await eventually(async () => (await fleet.count()).sessions === 0, { what: 'the end of every session' });
    return timed(async () => {
      controller = startController();
      await eventually(
        async () => {
          if ((await fleet.count()).sessions < AGENTS) return false;
          const { podsByPhase } = JSON.parse(await longshore('status', '-o', 'json'));
          return podsByPhase.Running === PODS;
        },
        { what: 'the whole fleet', timeoutMs: PATIENCE_MS, everyMs: 500 },
      );
    });
  }
}

/** Bound as it is made: the scheduler is not what is measured. */
function manifest(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeName: 'longshore',
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: BUSYBOX_IMAGE, command: ['sleep', '100000'] }],
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const sinceMs = performance.now();
  await work();
  return performance.now() - sinceMs;
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function quiet(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
