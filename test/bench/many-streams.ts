// What many streams at once cost the controller and the agent, as they are installed, in memory: how much more they hold
// than with a few, at most and when all is over.
import type { Endpoint } from '../../controller/cli/stream-client.ts';
import { podManifest } from '../kit/manifest.ts';
import type { Benchmark, FigureSpec } from './benchmark.ts';
import { type InstalledSandbox, startInstalled } from './installed.ts';
import { kubeletEndpoint } from './kubelet-port.ts';
import { readPeakMiB, readProcessMemory, resetPeakMemory } from './process-memory.ts';

export const MANY = 200;
export const FEW = 20;
/** How long after the last stream a process is left alone before it is looked at. */
const SETTLE_MS = 5000;

export interface StreamUse {
  readonly name: string;
  readonly what: string;
  /** What the pod `many` runs in a shell; its container is `main`. */
  readonly script: string;
  /** How much more may be held than with a few, MiB. */
  readonly atMost: { readonly controller: number; readonly agent: number };
  /** So many at once, from the first to the last byte of each. */
  use(endpoint: Endpoint, count: number): Promise<void>;
}

type Figure = `${'controller' | 'agent'}, ${'peak' | 'end'}`;
type Memory = Readonly<Record<Figure, number>>;

const more = (atMost: number): FigureSpec => ({ unit: 'MiB', target: { kind: 'difference', atMost } });

export function manyStreams({ name, what, script, atMost, use }: StreamUse): Benchmark<Figure> {
  const held = new AsyncDisposableStack();
  let installed: InstalledSandbox;
  let endpoint: Endpoint;
  let withFew: Memory | undefined;

  async function memoryOf(count: number): Promise<Memory> {
    const { controller, agent } = installed;
    for (const { pid } of [controller, agent]) resetPeakMemory(pid);
    await use(endpoint, count);
    const peaks = { controller: readPeakMiB(controller.pid), agent: readPeakMiB(agent.pid) };
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return {
      'controller, peak': peaks.controller,
      'controller, end': readProcessMemory(controller.pid).rssMiB,
      'agent, peak': peaks.agent,
      'agent, end': readProcessMemory(agent.pid).rssMiB,
    };
  }

  return {
    name,
    what: `${what} Peak is the most that a process has held resident in a round (VmHWM), end what it holds ${SETTLE_MS / 1000} s after it, both beside the same with ${FEW} streams, measured before there were ever more.`,
    figures: {
      'controller, peak': more(atMost.controller),
      'controller, end': more(atMost.controller),
      'agent, peak': more(atMost.agent),
      'agent, end': more(atMost.agent),
    },
    rounds: 3,
    async setup({ say }) {
      say('starting a sandbox');
      installed = await startInstalled(held);
      const { sandbox } = installed;
      await sandbox.kubectl(
        ['apply', '-f', '-'],
        podManifest({ name: 'many', containers: { main: script } }),
      );
      await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/many', '--timeout=60s']);
      endpoint = kubeletEndpoint(sandbox);
      await use(endpoint, FEW);
    },
    run: () => memoryOf(MANY),
    floor: async () => {
      withFew ??= await memoryOf(FEW);
      return withFew;
    },
    teardown: () => held.disposeAsync(),
  };
}
