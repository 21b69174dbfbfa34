// Commands as an agent of a test runs them, and what a client hears of them over WebSocket.
import type { WebSocket } from 'ws';
import type { StreamOutput } from '../../common/stream-message.ts';
import type { AgentScript } from './kubelet-fixture.ts';

export const EXEC = '/exec/default/web/app?command=cat&input=1&output=1&error=1';
export const SUCCESS = '{"metadata":{},"status":"Success"}';

/** A command that says what it is given, in capitals, and on stderr that it ends; exit code 3. */
export const upper: AgentScript = async (_request, input) =>
  (async function* (): AsyncGenerator<StreamOutput> {
    for await (const message of input) {
      if (message.kind === 'data')
        yield { kind: 'data', data: Buffer.from(String(message.data).toUpperCase()) };
      if (message.kind === 'resize') yield { kind: 'data', data: Buffer.from(JSON.stringify(message.size)) };
      if (message.kind === 'eof') break;
    }
    yield { kind: 'stderr', data: Buffer.from('bye') };
    yield { kind: 'exit', code: 3 };
  })();

/** A command that ends at once with this. */
export const saying =
  (...output: StreamOutput[]): AgentScript =>
  async (_request, input) =>
    (async function* () {
      for await (const message of input) if (message.kind === 'begin') break;
      yield* output;
    })();

/** A command that does nothing until it is stopped. */
export async function* stalled(signal: AbortSignal): AsyncGenerator<StreamOutput> {
  const told =
    signal.aborted || new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await told;
}

export interface Heard {
  /** What came, channel by channel, as Latin-1; none where nothing has come. */
  readonly channels: string[];
  closedWith: number | undefined;
}

/** What a WebSocket client is sent, by channel. */
export function hear(socket: WebSocket, coding: 'binary' | 'base64' = 'binary'): Heard {
  const heard: Heard = { channels: [], closedWith: undefined };
  socket.on('message', (message: Buffer) => {
    const channel = coding === 'binary' ? Number(message[0]) : Number(String(message)[0]);
    const data =
      coding === 'binary' ? message.subarray(1) : Buffer.from(String(message.subarray(1)), 'base64');
    heard.channels[channel] = `${heard.channels[channel] ?? ''}${data.toString('latin1')}`;
  });
  socket.on('close', (code: number) => {
    heard.closedWith = code;
  });
  return heard;
}
