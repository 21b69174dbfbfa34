// How much an agent may send ahead of whoever reads a byte stream. grpc-js lets a server's windows be 64 KiB and no more, with
// which both ends stop and start several times for each frame; Node.js tells of each call on a connection before it is handled.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Http2Session, ServerHttp2Stream } from 'node:http2';
import { TLSSocket } from 'node:tls';
import { STREAM_WINDOW_BYTES } from '../../proto/wire.ts';

const CALL_BEGINS = 'http2.server.stream.created';

/** On every connection to a server of this process, from its first call on, whose client has shown a certificate of ours. */
export function widenStreamWindows(): Disposable {
  const widened = new WeakSet<Http2Session>();
  const onCall = (message: unknown) => {
    const session = isCall(message) ? message.stream.session : undefined;
    if (!session || widened.has(session) || !isCertified(session)) return;
    widened.add(session);
    session.settings({ initialWindowSize: STREAM_WINDOW_BYTES });
    session.setLocalWindowSize(STREAM_WINDOW_BYTES);
  };
  subscribe(CALL_BEGINS, onCall);
  return { [Symbol.dispose]: () => void unsubscribe(CALL_BEGINS, onCall) };
}

function isCall(message: unknown): message is { readonly stream: ServerHttp2Stream } {
  return typeof message === 'object' && message !== null && 'stream' in message;
}

function isCertified({ socket }: Http2Session): boolean {
  return socket instanceof TLSSocket && socket.authorized;
}
