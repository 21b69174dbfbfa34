// Whether a connection speaks for the client certificate it has shown. TLS has checked it when the connection began, against
// the client CAs of then; the connection goes on, and meanwhile the certificate may run out or its CA be taken away.
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import { certificatesIn } from '../model/pem.ts';

export interface ClientTrust {
  /** A connection whose handshake begins, by the client CAs of now. */
  accepted(socket: Socket): void;
  /** That of a connection is over. */
  begun(socket: TLSSocket): void;
  /** Counts for connections of before, too. */
  replaceCas(cas: readonly X509Certificate[]): void;
  /** Whether it speaks for its certificate now. */
  holds(socket: TLSSocket): boolean;
}

export function createClientTrust(clock: Clock, initialCas: readonly X509Certificate[]): ClientTrust {
  let cas = initialCas;
  /** By the address of who is there, while the handshake goes on. */
  const beginning = new Map<string, { readonly cas: readonly X509Certificate[] }>();
  /** Of those that TLS has found good, the CAs by which it did. */
  const checked = new WeakMap<TLSSocket, readonly X509Certificate[]>();

  /** Whom a CA vouches for through others, Node does not show: such a connection is good until the CAs are replaced. */
  const isVouchedFor = (socket: TLSSocket, certificate: X509Certificate) =>
    checked.get(socket) === cas || cas.some((ca) => isIssuedBy(certificate, ca));

  return {
    accepted(socket) {
      const who = addressOf(socket);
      const then = { cas };
      beginning.set(who, then);
      socket.once('close', () => {
        if (beginning.get(who) === then) beginning.delete(who);
      });
    },
    begun(socket) {
      const who = addressOf(socket);
      const then = beginning.get(who);
      beginning.delete(who);
      if (socket.authorized && then) checked.set(socket, then.cas);
    },
    replaceCas(others) {
      cas = others;
    },
    holds(socket) {
      const certificate = checked.has(socket) ? socket.getPeerX509Certificate() : undefined;
      if (!certificate || clock.now() > certificate.validToDate.getTime()) return false;
      return isVouchedFor(socket, certificate);
    },
  };
}

function addressOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function isIssuedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
  return ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

/** PEM, one or several; undefined: nobody is trusted. Throws `invalid`. */
export function readClientCas(pem = ''): readonly X509Certificate[] {
  try {
    return certificatesIn(pem).map((one) => new X509Certificate(one));
  } catch (cause) {
    throw new LongshoreError('invalid', 'the client CA holds what is no certificate', { cause });
  }
}
