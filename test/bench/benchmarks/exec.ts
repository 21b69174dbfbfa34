// exec: how long a command in a container takes from being asked for to its exit code, as a client at the kubelet port sees it.
import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Endpoint, Transport } from '../../../controller/cli/stream-client.ts';
import { createStreamClient } from '../../../controller/kubelet/client/stream-client.ts';
import { containerOf } from '../bench-containers.ts';
import { createPods, isRunning } from '../bench-pods.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { startInstalled } from '../installed.ts';
import { kubeletEndpoint } from '../kubelet-port.ts';
import { openPodApi } from '../pod-api.ts';

/** For some 20 ms after a process was moved into a control group the kernel moves the next one 10 ms faster. */
const ALONE_AFTER_MS = 100;

const PATH = '/exec/default/exec/main?command=true&output=1&error=1';

const FIGURES = {
  'over SPDY': { unit: 'ms', target: { kind: 'ratio', atMost: 1.3 } },
  'over WebSocket': { unit: 'ms', target: { kind: 'ratio', atMost: 1.3 } },
} as const satisfies Record<string, FigureSpec>;

export function exec(): Benchmark<keyof typeof FIGURES> {
  const held = new AsyncDisposableStack();
  const client = createStreamClient();
  let endpoint: Endpoint;
  let container: Docker.Container;

  const throughKubelet = async (transport: Transport) => {
    const { status } = await client.exec({ endpoint, path: PATH, transport }, AbortSignal.timeout(30_000));
    if (status !== 'Success') throw new Error(`the command ended with ${status}`);
  };

  return {
    name: 'exec',
    what: `From asking for \`true\` in a container to hearing of its exit code: at the kubelet port on a connection of its own (TLS), through the bundled controller and agent; against the same by the plain Docker API, that is to create it, start it, read to the end of its output and inspect it. Each alone: nothing happens for ${ALONE_AFTER_MS} ms before it.`,
    figures: FIGURES,
    rounds: 60,
    async setup({ say }) {
      say('starting a sandbox');
      const { sandbox } = await startInstalled(held);
      const api = held.use(await openPodApi(sandbox.kubeconfig));
      await createPods(api, ['exec']);
      await api.until(['exec'], isRunning);
      endpoint = kubeletEndpoint(sandbox);
      container = await containerOf(api.uid('exec'));
    },
    run: async () => ({
      'over SPDY': await timed(() => throughKubelet('SPDY')),
      'over WebSocket': await timed(() => throughKubelet('WebSocket')),
    }),
    async floor() {
      const tookMs = await timed(() => byDocker(container));
      return { 'over SPDY': tookMs, 'over WebSocket': tookMs };
    },
    teardown: () => held.disposeAsync(),
  };
}

async function byDocker(container: Docker.Container): Promise<void> {
  const created = await container.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
  const stream = await created.start({ hijack: true, stdin: false });
  for await (const _output of stream);
  const { ExitCode } = await created.inspect();
  if (ExitCode !== 0) throw new Error(`the command ended with ${ExitCode}`);
}

async function timed(work: () => Promise<void>): Promise<number> {
  await pause(ALONE_AFTER_MS);
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
