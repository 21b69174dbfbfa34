// agent-memory: what the agent, bundled as it is installed, holds in memory: idle, and with 20 pods.
import { ensureBusyboxImage } from '../../kit/busybox-image.ts';
import { startSandbox, type TestSandbox } from '../../kit/sandbox.ts';
import { createPods, deletePods, isRunning, podNames } from '../bench-pods.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { AGENT, bundleOf, hasSession, startInstalledAgent } from '../installed.ts';
import { openPodApi, type PodApi } from '../pod-api.ts';
import { readProcessMemory, startNode } from '../process-memory.ts';

const PODS = 20;
/** How long after the last change a process is left alone before it is looked at. */
const SETTLE_MS = 10_000;

const beyondEmpty = (atMost: number): FigureSpec => ({ unit: 'MiB', target: { kind: 'difference', atMost } });
const atMost = (mebibytes: number): FigureSpec => ({
  unit: 'MiB',
  target: { kind: 'absolute', atMost: mebibytes },
});

const FIGURES = {
  'RSS idle': beyondEmpty(18),
  'anonymous idle': atMost(25),
  [`RSS with ${PODS} pods`]: beyondEmpty(38),
  [`anonymous with ${PODS} pods`]: atMost(45),
} as const satisfies Record<string, FigureSpec>;

export function agentMemory(): Benchmark {
  const held = new AsyncDisposableStack();
  let sandbox: TestSandbox;
  let api: PodApi;
  let bundled = '';

  return {
    name: 'agent-memory',
    what: `Resident and anonymous memory of the bundled agent, idle and with ${PODS} pods, each after ${SETTLE_MS / 1000} quiet seconds, beside an empty Node.js process with the same flags.`,
    figures: FIGURES,
    rounds: 5,
    async setup({ say }) {
      bundled = await bundleOf('agent/main.ts');
      await ensureBusyboxImage();
      say('starting a sandbox');
      sandbox = held.use(await startSandbox({ agents: 1 }));
      api = held.use(await openPodApi(sandbox.kubeconfig));
      await sandbox.kill(AGENT);
    },
    async run(round) {
      await using agent = startInstalledAgent(sandbox, bundled);
      await hasSession(agent);
      await settle();
      const idle = readProcessMemory(agent.pid);
      const names = podNames(`memory-${round}`, PODS);
      await createPods(api, names);
      await api.until(names, isRunning);
      await settle();
      const busy = readProcessMemory(agent.pid);
      await deletePods(api, names);
      return figures(idle, busy);
    },
    async floor() {
      await using empty = startNode(['-e', 'setInterval(() => {}, 1e6)']);
      await settle();
      const memory = readProcessMemory(empty.pid);
      return figures(memory, memory);
    },
    teardown: () => held.disposeAsync(),
  };
}

function figures(idle: ReturnType<typeof readProcessMemory>, busy: typeof idle): Record<string, number> {
  return {
    'RSS idle': idle.rssMiB,
    'anonymous idle': idle.anonymousMiB,
    [`RSS with ${PODS} pods`]: busy.rssMiB,
    [`anonymous with ${PODS} pods`]: busy.anonymousMiB,
  };
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
