// logs: how fast a container's log is read, as a client at the kubelet port sees it.
import { eventually } from '../../kit/eventually.ts';
import { podManifest } from '../../kit/manifest.ts';
import { containerOf } from '../bench-containers.ts';
import type { Benchmark, FigureSpec } from '../benchmark.ts';
import { startInstalled } from '../installed.ts';
import { kubeletAccess } from '../kubelet-port.ts';
import { type LogReader, type LogSource, startLogReader } from '../log-reader.ts';

/** As much as surely stays in the five files of 10 MB that Docker keeps, with what it writes around each line. */
const LOG_BYTES = 20e6;
const ROUNDS = 15;
const LINES = { short: 100, long: 16_000 } as const;
type Container = keyof typeof LINES;

const FIGURES = {
  [`lines of ${LINES.short} bytes`]: { unit: 'MB/s', target: { kind: 'ratio', atLeast: 0.7 } },
  [`lines of ${LINES.long} bytes`]: { unit: 'MB/s', target: { kind: 'ratio', atLeast: 0.7 } },
} as const satisfies Record<string, FigureSpec>;

export function logs(): Benchmark {
  const held = new AsyncDisposableStack();
  let reader: LogReader;
  let sources: Readonly<Record<Container, { readonly kubelet: LogSource; readonly docker: LogSource }>>;

  return {
    name: 'logs',
    what: `Reading a container’s log of ${LOG_BYTES / 1e6} MB, ${ROUNDS} times for ${(ROUNDS * LOG_BYTES) / 1e6} MB: at the kubelet port (TLS), through the bundled controller and agent; against reading Docker’s own answer, framed as Docker frames it, and doing nothing with it.`,
    figures: FIGURES,
    rounds: ROUNDS,
    async setup({ say }) {
      reader = held.use(startLogReader());
      say('starting a sandbox');
      const { sandbox } = await startInstalled(held);
      const writers = { short: writer(LINES.short), long: writer(LINES.long) };
      await sandbox.kubectl(['apply', '-f', '-'], podManifest({ name: 'logs', containers: writers }));
      await sandbox.kubectl(['wait', '--for=condition=Ready', 'pod/logs', '--timeout=60s']);
      const { uid } = (await sandbox.pod('logs')).metadata;
      const { url, cert, key } = kubeletAccess(sandbox);
      const sourcesOf = async (name: Container) => {
        const kubelet = {
          kind: 'kubelet',
          url: `${url}/containerLogs/default/logs/${name}`,
          cert,
          key,
        } as const;
        return {
          kubelet,
          docker: { kind: 'docker', containerId: (await containerOf(uid, name)).id } as const,
        };
      };
      sources = { short: await sourcesOf('short'), long: await sourcesOf('long') };
      for (const { kubelet } of Object.values(sources))
        await eventually(async () => (await reader.read(kubelet)).bytes === LOG_BYTES, {
          what: 'the whole log',
        });
    },
    run: () =>
      throughputs(async (name) => {
        const { bytes, tookMs } = await reader.read(sources[name].kubelet);
        if (bytes !== LOG_BYTES) throw new Error(`${bytes} bytes came of the log`);
        return tookMs;
      }),
    floor: () =>
      throughputs(async (name) => {
        const { bytes, tookMs } = await reader.read(sources[name].docker);
        if (bytes < LOG_BYTES) throw new Error(`${bytes} bytes came of the log`);
        return tookMs;
      }),
    teardown: () => held.disposeAsync(),
  };
}

/** Shell. */
function writer(lineBytes: number): string {
  const line = `$(head -c ${lineBytes - 1} /dev/zero | tr '\\0' x)`;
  return `yes "${line}" | head -c ${LOG_BYTES}; exec sleep 100000`;
}

/** `read` resolves with milliseconds. */
async function throughputs(read: (name: Container) => Promise<number>): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  for (const name of ['short', 'long'] as const)
    figures[`lines of ${LINES[name]} bytes`] = LOG_BYTES / 1e3 / (await read(name));
  return figures;
}
