// logs: how fast a container's log is read, as a client at the kubelet port sees it.
import type Docker from 'dockerode';
import type { Endpoint } from '../../../controller/cli/stream-client.ts';
import { eventually } from '../../kit/eventually.ts';
import { podManifest } from '../../kit/manifest.ts';
import { containerOf } from '../bench-containers.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { startInstalled } from '../installed.ts';
import { get, kubeletEndpoint } from '../kubelet-port.ts';

/** As much as surely stays in the five files of 10 MB that Docker keeps, with what it writes around each line. */
const LOG_BYTES = 20e6;
const ROUNDS = 5;
const LINES = { short: 100, long: 16_000 } as const;
type Container = keyof typeof LINES;

const FIGURES = {
  [`lines of ${LINES.short} bytes`]: { unit: 'MB/s', target: { kind: 'ratio', atLeast: 0.7 } },
  [`lines of ${LINES.long} bytes`]: { unit: 'MB/s', target: { kind: 'ratio', atLeast: 0.7 } },
} as const satisfies Record<string, FigureSpec>;

export function logs(): Benchmark {
  const held = new AsyncDisposableStack();
  let endpoint: Endpoint;
  let containers: Readonly<Record<Container, Docker.Container>>;

  const throughKubelet = async (name: Container) =>
    count(await get(endpoint, `/containerLogs/default/logs/${name}`));

  return {
    name: 'logs',
    what: `Reading a container’s log of ${LOG_BYTES / 1e6} MB, ${ROUNDS} times for ${(ROUNDS * LOG_BYTES) / 1e6} MB: at the kubelet port (TLS), through the bundled controller and agent; against reading Docker’s own answer, framed as Docker frames it, and doing nothing with it.`,
    figures: FIGURES,
    rounds: ROUNDS,
    async setup({ say }) {
      say('starting a sandbox');
      const { sandbox } = await startInstalled(held);
      const writers = { short: writer(LINES.short), long: writer(LINES.long) };
      await sandbox.kubectl(['apply', '-f', '-'], podManifest({ name: 'logs', containers: writers }));
      await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/logs', '--timeout=60s']);
      const { uid } = (await sandbox.pod('logs')).metadata;
      endpoint = kubeletEndpoint(sandbox);
      containers = { short: await containerOf(uid, 'short'), long: await containerOf(uid, 'long') };
      for (const name of ['short', 'long'] as const)
        await eventually(async () => (await throughKubelet(name)) === LOG_BYTES, { what: 'the whole log' });
    },
    run: () =>
      throughputs(async (name) => {
        const bytes = await throughKubelet(name);
        if (bytes !== LOG_BYTES) throw new Error(`${bytes} bytes came of the log`);
      }),
    floor: () =>
      throughputs(async (name) => {
        const bytes = await count(await dockerLog(containers[name]));
        if (bytes < LOG_BYTES) throw new Error(`${bytes} bytes came of the log`);
      }),
    teardown: () => held.disposeAsync(),
  };
}

/** Shell. */
function writer(lineBytes: number): string {
  const line = `$(head -c ${lineBytes - 1} /dev/zero | tr '\\0' x)`;
  return `yes "${line}" | head -c ${LOG_BYTES}; exec sleep 100000`;
}

async function throughputs(read: (name: Container) => Promise<void>): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const name of ['short', 'long'] as const) {
    const startMs = performance.now();
    await read(name);
    const seconds = (performance.now() - startMs) / 1000;
    figures[`lines of ${LINES[name]} bytes`] = LOG_BYTES / 1e6 / seconds;
  }
  return figures;
}

/** `logs()` of the client would collect it in memory. */
function dockerLog({ id, modem }: Docker.Container): Promise<AsyncIterable<Buffer>> {
  const request = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    options: { stdout: true, stderr: true },
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error: unknown, answer: unknown) =>
      error ? reject(error) : resolve(answer as AsyncIterable<Buffer>),
    );
  });
}

async function count(chunks: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const { length } of chunks) bytes += length;
  return bytes;
}
