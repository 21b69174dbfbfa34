// agent-stats: what it costs the agent, bundled as it is installed, that somebody looks at what its pods use.
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';
import { createPods, isRunning, podNames } from '../bench-pods.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { AGENT, bundleOf, startInstalledAgent } from '../installed.ts';
import { openPodApi } from '../pod-api.ts';
import { type NodeProcess, readCpuSeconds, readProcessMemory } from '../process-memory.ts';

const PODS = 50;
const WINDOW_MS = 60_000;
/** The agents measure for this long after somebody has looked, and a little. */
const FORGOTTEN_MS = 185_000;

const FIGURES = {
  // A hundredth of a core.
  'CPU time in the minute': { unit: 'ms', target: { kind: 'difference', atMost: 600 } },
  RSS: { unit: 'MiB', target: { kind: 'difference', atMost: 4 } },
} as const satisfies Record<string, FigureSpec>;

export function agentStats(): Benchmark<keyof typeof FIGURES> {
  const held = new AsyncDisposableStack();
  let sandbox: TestSandbox;
  let agent: NodeProcess;

  async function overWindow() {
    const before = readCpuSeconds(agent.pid);
    await sleep(WINDOW_MS);
    const cpuSeconds = readCpuSeconds(agent.pid) - before;
    const { rssMiB } = readProcessMemory(agent.pid);
    return { 'CPU time in the minute': cpuSeconds * 1000, RSS: rssMiB };
  }

  return {
    name: 'agent-stats',
    what: `The bundled agent with ${PODS} pods over a minute in which it measures them every ten seconds for somebody who looks, against a minute in which nobody does.`,
    figures: FIGURES,
    rounds: 2,
    isWarm: true,
    async setup({ say }) {
      const bundled = await bundleOf('agent/main.ts');
      await ensureBusyboxImage();
      say('starting a sandbox');
      sandbox = held.use(await startSandbox({ agents: 1 }));
      const api = held.use(await openPodApi(sandbox.kubeconfig));
      await sandbox.kill(AGENT);
      agent = held.use(startInstalledAgent(sandbox, bundled));
      const names = podNames('stats', PODS);
      await createPods(api, names);
      await api.until(names, isRunning);
      say('until it is quiet');
      await sleep(30_000);
    },
    async run() {
      await sandbox.longshore(['top', 'pods']);
      return await overWindow();
    },
    async floor() {
      await sleep(FORGOTTEN_MS);
      return await overWindow();
    },
    teardown: () => held.disposeAsync(),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
