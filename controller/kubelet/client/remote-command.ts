// exec and attach from the client's side, alike over SPDY and over WebSocket: what is written goes to stdin, what comes on
// stdout can be read, and at the end a Status object says how it went.
import { LongshoreError } from '../../../common/errors.ts';
import type { CommandStatus, StreamRoute } from '../../cli/stream-client.ts';
import { createSpdyClient } from './spdy-client.ts';
import { openWebSocket, upgradeRequest } from './upgrade-request.ts';

export interface RemoteCommand {
  write(text: string): void;
  readonly stdout: AsyncIterable<Buffer>;
  /** Rejects when the connection ends without saying how the command did. */
  readonly status: Promise<CommandStatus>;
}

export interface RemoteStreams {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** Ends with the signal. */
export async function openRemoteCommand(
  route: StreamRoute,
  streams: RemoteStreams,
  signal: AbortSignal,
): Promise<RemoteCommand> {
  return route.transport === 'SPDY' ? overSpdy(route, streams, signal) : overWebSocket(route, signal);
}

async function overSpdy(
  { endpoint, path }: StreamRoute,
  { stdin, tty }: RemoteStreams,
  signal: AbortSignal,
): Promise<RemoteCommand> {
  const ask = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  const session = createSpdyClient(await upgradeRequest(endpoint, { method: 'POST', path, ask }, signal));
  const open = (streamtype: string) => session.open({ streamtype });
  // One after the other, as kubectl does it.
  const error = await open('error');
  const input = stdin ? await open('stdin') : undefined;
  const output = await open('stdout');
  // A terminal has no stderr of its own, and a size.
  await open(tty ? 'resize' : 'stderr');
  return {
    write: (text) => input?.write(text),
    stdout: output.output,
    status: readAll(error.output).then(parseStatus),
  };
}

/** Nobody looks for more. */
const MAX_CHUNKS = 64;
const CHANNEL = { stdin: 0, stdout: 1, error: 3 } as const;

async function overWebSocket({ endpoint, path }: StreamRoute, signal: AbortSignal): Promise<RemoteCommand> {
  const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
  const socket = await openWebSocket(endpoint, { path, protocols }, signal);
  const status = Promise.withResolvers<CommandStatus>();
  status.promise.catch(() => undefined);
  const chunks: Buffer[] = [];
  let wake = () => {};
  let closed = false;
  socket.on('message', (data: Buffer) => {
    const [channel] = data;
    if (channel === CHANNEL.stdout && chunks.length < MAX_CHUNKS) chunks.push(data.subarray(1));
    if (channel === CHANNEL.error) settle(status, data.subarray(1));
    wake();
  });
  socket.on('close', (code) => {
    closed = true;
    status.reject(lost(`the connection was closed (${code}) before it was said how the command ended`));
    wake();
  });
  async function* stdout() {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk) yield chunk;
      else if (closed) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    write: (text) => socket.send(Buffer.concat([Buffer.from([CHANNEL.stdin]), Buffer.from(text)])),
    stdout: stdout(),
    status: status.promise,
  };
}

function settle({ resolve, reject }: PromiseWithResolvers<CommandStatus>, data: Buffer): void {
  try {
    resolve(parseStatus(data));
  } catch (error) {
    reject(error);
  }
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function parseStatus(data: Buffer): CommandStatus {
  try {
    const status: unknown = JSON.parse(data.toString('utf8'));
    if (typeof status === 'object' && status !== null) return status;
  } catch {
    // Said below.
  }
  throw lost('how the command ended cannot be read');
}

function lost(what: string): LongshoreError {
  return new LongshoreError('unavailable', what);
}
