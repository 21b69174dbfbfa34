// port-forward over SPDY: for each connection the client opens a stream for data and one for errors, which name the same
// request. As many connections as it likes, one after the other or at a time, in one session.
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../common/clock.ts';
import { type ForwardedConnection, parsePort, type ServeConnection } from './forwarded-connection.ts';
import { runSpdySession, type SpdyStream } from './spdy-session.ts';

export const FORWARD_PROTOCOL = 'portforward.k8s.io';

export const PAIR_WITHIN_MS = 30_000;

type StreamType = 'data' | 'error';

interface Pair {
  readonly port: number;
  readonly streams: Partial<Record<StreamType, SpdyStream>>;
  /** Aborted when both are there. */
  readonly complete: AbortController;
}

/** Resolves when the client has left and every connection is over. Rejects with `invalid` when it does not speak SPDY. */
export async function runSpdyForward(socket: Duplex, serve: ServeConnection, clock: Clock): Promise<void> {
  const pairs = new Map<string, Pair>();
  const serving = new Set<Promise<void>>();
  const over = new AbortController();

  function accept(stream: SpdyStream): string | undefined {
    const type = stream.headers.get('streamtype') ?? '';
    if (type !== 'data' && type !== 'error') return `unexpected stream type ${JSON.stringify(type)}`;
    const port = parsePort(stream.headers.get('port') ?? '');
    if (port === undefined) return 'the stream names no port';
    const request = requestOf(stream, type);
    const pair = pairs.get(request) ?? begin(request, port);
    if (pair.port !== port) return `this request is for port ${pair.port}`;
    if (pair.streams[type]) return `this request has its ${type} stream already`;
    pair.streams[type] = stream;
    const { data, error } = pair.streams;
    if (data && error) {
      pair.complete.abort();
      const served = serve(connectionOf(port, { data, error })).finally(() => {
        serving.delete(served);
        pairs.delete(request);
      });
      serving.add(served);
    } else stream.closed.addEventListener('abort', () => drop(pair, request), { once: true });
    return undefined;
  }

  function begin(request: string, port: number): Pair {
    const pair: Pair = { port, streams: {}, complete: new AbortController() };
    pairs.set(request, pair);
    clock.sleep(PAIR_WITHIN_MS, AbortSignal.any([pair.complete.signal, over.signal])).then(
      () => {
        pairs.delete(request);
        void giveUp(pair, request);
      },
      () => undefined,
    );
    return pair;
  }

  /** The client has taken back the one stream there was: nothing of the half pair stays. */
  function drop(pair: Pair, request: string): void {
    if (pair.complete.signal.aborted) return;
    pair.complete.abort();
    if (pairs.get(request) === pair) pairs.delete(request);
  }

  try {
    await runSpdySession(socket, accept, { clock });
  } finally {
    over.abort();
    await Promise.all(serving);
  }
}

/** Clients of old name no request: their error stream comes first, the data stream is the next. */
function requestOf({ id, headers }: SpdyStream, type: StreamType): string {
  return headers.get('requestid') ?? `#${type === 'error' ? id : id - 2}`;
}

function connectionOf(port: number, { data, error }: Record<StreamType, SpdyStream>): ForwardedConnection {
  error.ignoreInput();
  return {
    port,
    input: data.input,
    closed: data.closed,
    write: (bytes) => data.write(bytes),
    async endOutput() {
      // First, as a kubelet does. kubectl before 1.32 waits for both, and keeps its own end open until then.
      await error.end();
      await data.end();
    },
    async end(failure) {
      if (failure !== undefined) await error.write(Buffer.from(failure));
      await error.end();
      error.forget();
      data.ignoreInput();
      if (failure === undefined) {
        await data.end();
        data.forget();
      } else data.reset();
    },
  };
}

async function giveUp({ streams }: Pair, request: string): Promise<void> {
  await streams.error?.write(Buffer.from(`(request=${request}) timed out waiting for streams`));
  await streams.error?.end();
  streams.error?.forget();
  streams.data?.reset();
}
