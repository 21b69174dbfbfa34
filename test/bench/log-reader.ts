// Reads a log, at a kubelet port or from Docker, as often as its parent asks, and says how many bytes came and how long it
// took; ends with its parent. A process of its own with a young generation as small as the agent's: what is measured is not
// the client's collector.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get as getPlain } from 'node:http';
import { get as getTls } from 'node:https';

export type LogSource =
  | { readonly kind: 'kubelet'; readonly url: string; readonly cert: string; readonly key: string }
  | { readonly kind: 'docker'; readonly containerId: string };

export interface LogRead {
  readonly bytes: number;
  readonly tookMs: number;
}

export interface LogReader extends Disposable {
  read(source: LogSource): Promise<LogRead>;
}

export function startLogReader(): LogReader {
  const child: ChildProcess = fork(import.meta.filename, [], { execArgv: ['--max-semi-space-size=1'] });
  return {
    async read(source) {
      child.send(source);
      const [answer] = (await once(child, 'message')) as [LogRead | { readonly problem: string }];
      if ('problem' in answer) throw new Error(`the log cannot be read: ${answer.problem}`);
      return answer;
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

if (process.argv[1] === import.meta.filename && process.send) {
  process.on('message', (source: LogSource) => {
    read(source).then(
      (answer) => process.send?.(answer),
      (error) => process.send?.({ problem: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function read(source: LogSource): Promise<LogRead> {
  const startMs = performance.now();
  const asked =
    source.kind === 'kubelet'
      ? getTls(source.url, { cert: source.cert, key: source.key, rejectUnauthorized: false, agent: false })
      : getPlain({
          socketPath: '/var/run/docker.sock',
          path: `/containers/${source.containerId}/logs?stdout=true&stderr=true`,
        });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  return { bytes, tookMs: performance.now() - startMs };
}
