// exec and attach over SPDY: one stream for errors and one for each of stdin, stdout, stderr and terminal sizes, opened by
// the client. Nothing begins before all of them are there.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/clock.ts';
import { LongshoreError } from '../../../common/errors.ts';
import { type CommandClient, type CommandStreams, MAX_HELD_INPUT_BYTES } from './command-client.ts';
import { endingText } from './command-status.ts';
import { LEAVE_WITHIN_MS } from './serve.ts';
import { type AcceptStream, runSpdySession, type SpdyStream } from './spdy-session.ts';
import { terminalSizes } from './terminal-sizes.ts';

/** In the order of preference that our answer to a client has no say in: it is the first of the client's that we know. */
export const COMMAND_PROTOCOLS = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const;
export type CommandProtocol = (typeof COMMAND_PROTOCOLS)[number];

export const STREAMS_WITHIN_MS = 30_000;

/** Rejects with `cancelled` when the streams do not come or the client leaves; the socket is closed then. */
export async function openSpdyCommand(
  socket: Duplex,
  asked: { readonly streams: CommandStreams; readonly protocol: CommandProtocol },
  clock: Clock,
): Promise<CommandClient> {
  const expected = new Set(streamTypes(asked));
  const opened = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const accept: AcceptStream = (stream) => {
    const type = stream.headers.get('streamtype') ?? '';
    if (!expected.has(type) || opened.has(type)) return `unexpected stream type ${JSON.stringify(type)}`;
    opened.set(type, stream);
    if (opened.size === expected.size) complete.resolve();
    return undefined;
  };
  const limits = { maxBufferedBytes: MAX_HELD_INPUT_BYTES };
  const session = runSpdySession(socket, accept, { clock, limits });
  // Whoever ends the session, and how: for this client it is over.
  const over = session.catch(() => undefined);
  const waited = new AbortController();
  const late = clock.sleep(STREAMS_WITHIN_MS, waited.signal).catch(() => undefined);
  await Promise.race([complete.promise, over, late]);
  waited.abort();
  if (opened.size < expected.size) {
    socket.destroy();
    throw new LongshoreError('cancelled', 'the client did not open the streams it asked for');
  }
  const stream = (type: string) => opened.get(type);
  // What a client sends where nothing is expected must not fill the session's buffers.
  for (const type of ['error', 'stdout', 'stderr']) stream(type)?.ignoreInput();
  return {
    stdin: stream('stdin')?.input ?? nothing(),
    sizes: terminalSizes(stream('resize')?.input ?? nothing()),
    stdout: async (data) => stream('stdout')?.write(data),
    stderr: async (data) => stream('stderr')?.write(data),
    async end(ending) {
      const form = asked.protocol === 'v4.channel.k8s.io' ? 'status' : 'text';
      const text = endingText(ending, form);
      for (const each of opened.values()) each.ignoreInput();
      // The client waits for the end of its outputs before it reads the ending.
      if (text !== '') await stream('error')?.write(Buffer.from(text));
      await Promise.all([...opened.values()].map((each) => each.end()));
      // Go's client loses what it has not read yet when the connection ends, and may read slowly: it is left to it to end it.
      const left = new AbortController();
      await Promise.race([over, clock.sleep(LEAVE_WITHIN_MS, left.signal).catch(() => undefined)]);
      left.abort();
      socket.destroy();
      await over;
    },
  };
}

function streamTypes({
  streams,
  protocol,
}: {
  streams: CommandStreams;
  protocol: CommandProtocol;
}): string[] {
  const { stdin, stdout, stderr, tty } = streams;
  const resizes = tty && (protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io');
  return [
    'error',
    ...(stdin ? ['stdin'] : []),
    ...(stdout ? ['stdout'] : []),
    ...(stderr ? ['stderr'] : []),
    ...(resizes ? ['resize'] : []),
  ];
}

async function* nothing(): AsyncGenerator<Buffer> {}
