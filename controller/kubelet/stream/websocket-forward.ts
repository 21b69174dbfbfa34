// port-forward over WebSocket channels: one connection for each port the request names, on a channel for data and one for
// errors, both of which begin with the port. No channel can be ended by itself: a connection that the pod has ended is over.
import type { Clock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import type { ChannelForm } from './channel-message.ts';
import { type ChannelSocket, createChannelSocket, type OpenSocket } from './channel-socket.ts';
import { type ForwardedConnection, parsePort, type ServeConnection } from './forwarded-connection.ts';

export const FIRST_FORWARD_FORM: ChannelForm = { coding: 'binary', closes: false };

export const FORWARD_SUBPROTOCOLS: Readonly<Record<string, ChannelForm>> = {
  'v4.channel.k8s.io': FIRST_FORWARD_FORM,
  'v4.base64.channel.k8s.io': { coding: 'base64', closes: false },
};

/** A channel's number is a byte, or a digit. */
const MAX_PORTS = { binary: 127, base64: 5 } as const;

/** Of what the client has sent on all its channels. */
const MAX_BUFFERED_BYTES = 1024 * 1024;

/** The query of port-forward. Throws `invalid`. */
export function parseForwardPorts(query: URLSearchParams, { coding }: ChannelForm): readonly number[] {
  const words = query.getAll('port');
  if (words.length === 0) throw invalid('query parameter "port" is required');
  const ports = words.flatMap((word) => word.split(',')).map(parseNamedPort);
  if (ports.length > MAX_PORTS[coding]) throw invalid(`at most ${MAX_PORTS[coding]} ports at a time`);
  return ports;
}

function parseNamedPort(text: string): number {
  if (text === '') throw invalid('query parameter "port" cannot be empty');
  const port = parsePort(text);
  if (port === undefined) throw invalid(`unable to parse ${JSON.stringify(text)} as a port`);
  return port;
}

/** Resolves when every connection is over and the client is gone. */
export async function runWebSocketForward(
  open: OpenSocket,
  asked: { readonly ports: readonly number[]; readonly form: ChannelForm; readonly serve: ServeConnection },
  clock: Clock,
): Promise<void> {
  const { ports, form, serve } = asked;
  const read = ports.map((_, index) => dataChannel(index));
  const channels = createChannelSocket(open, { form, read, maxBufferedBytes: MAX_BUFFERED_BYTES, clock });
  await Promise.all(ports.map((port, index) => serveChannels(channels, { port, index }, serve)));
  channels.ignoreInput();
  await channels.close();
}

async function serveChannels(
  channels: ChannelSocket,
  { port, index }: { readonly port: number; readonly index: number },
  serve: ServeConnection,
): Promise<void> {
  const data = dataChannel(index);
  const error = data + 1;
  const name = Buffer.alloc(2);
  name.writeUInt16LE(port);
  await channels.send(data, name);
  await channels.send(error, name);
  const ended = new AbortController();
  const connection: ForwardedConnection = {
    port,
    input: channels.input(data),
    closed: AbortSignal.any([channels.gone, ended.signal]),
    write: (bytes) => channels.send(data, bytes),
    endOutput: async () => ended.abort(),
    async end(failure) {
      channels.ignoreInput(data);
      if (failure !== undefined) await channels.send(error, Buffer.from(failure));
      ended.abort();
    },
  };
  await serve(connection);
}

function dataChannel(index: number): number {
  return 2 * index;
}

function invalid(message: string): LongshoreError {
  return new LongshoreError('invalid', message);
}
