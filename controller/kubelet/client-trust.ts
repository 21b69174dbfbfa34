// Which connections speak for the client certificate they have shown. TLS has checked it when the connection began; the
// connection goes on, and meanwhile the certificate may run out or its CA be replaced.
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../common/clock.ts';

export interface ClientTrust {
  /** Its handshake is over. */
  begun(socket: TLSSocket): void;
  /** Those that have begun were checked against a client CA that is no more. */
  caReplaced(): void;
  /** Whether it speaks for its certificate now. */
  holds(socket: TLSSocket): boolean;
}

export function createClientTrust(clock: Clock): ClientTrust {
  let checked = new WeakSet<TLSSocket>();
  return {
    begun(socket) {
      if (socket.authorized) checked.add(socket);
    },
    caReplaced() {
      checked = new WeakSet();
    },
    holds(socket) {
      const untilMs = socket.getPeerX509Certificate()?.validToDate.getTime() ?? 0;
      return checked.has(socket) && clock.now() <= untilMs;
    },
  };
}
