// many-execs: 200 commands open at once, at the kubelet port.
import type { Endpoint } from '../../../controller/cli/stream-client.ts';
import { openRemoteCommand, type RemoteCommand } from '../../../controller/kubelet/client/remote-command.ts';
import type { Benchmark } from '../benchmark.ts';
import { MANY, manyStreams } from '../many-streams.ts';

const SCRIPT = encodeURIComponent('echo ready; read line');
const PATH = `/exec/default/many/main?command=sh&command=-c&command=${SCRIPT}&input=1&output=1&error=1`;
const PATIENCE_MS = 120_000;

export function manyExecs(): Benchmark {
  return manyStreams({
    name: 'many-execs',
    what: `${MANY} commands in one container, all running at once, each over SPDY with stdin, stdout and stderr: begun together, ended when all have written a line.`,
    script: 'exec sleep 100000',
    atMost: { controller: 48, agent: 32 },
    use: execs,
  });
}

async function execs(endpoint: Endpoint, count: number): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const route = { endpoint, path: PATH, transport: 'SPDY' } as const;
  try {
    const commands = await Promise.all(
      Array.from({ length: count }, async () => {
        const command = await openRemoteCommand(route, { stdin: true, tty: false }, signal);
        await ready(command);
        return command;
      }),
    );
    for (const command of commands) command.write('\n');
    const endings = await Promise.all(commands.map((command) => command.status));
    const failed = endings.find(({ status }) => status !== 'Success');
    if (failed) throw new Error(`a command ended with ${JSON.stringify(failed)}`);
  } finally {
    over.abort();
  }
}

async function ready({ stdout }: RemoteCommand): Promise<void> {
  for await (const _line of stdout) return;
  throw new Error('a command ended before it had begun');
}
