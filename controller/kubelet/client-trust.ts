// Whether a connection speaks for the client certificate it has shown. TLS has checked it when the connection began, against
// the client CAs of then; the connection goes on, and meanwhile the certificate may run out or its CA be taken away.
import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Clock } from '../../common/clock.ts';
import { certificatesIn } from '../model/pem.ts';

export interface ClientTrust {
  /** PEM, one or several; undefined: nobody is trusted. Counts for connections of before, too. */
  replaceCa(caPem: string | undefined): void;
  /** Whether it speaks for its certificate now. */
  holds(socket: TLSSocket): boolean;
}

/** What was found when the connection began: it does not change. */
interface Checked {
  readonly validUntilMs: number;
  /** SHA-256 of the CA certificate that the chain ends with. */
  readonly anchor: string;
}

export function createClientTrust(clock: Clock, caPem: string | undefined): ClientTrust {
  const checked = new WeakMap<TLSSocket, Checked>();
  let anchors = fingerprints(caPem);

  function check(socket: TLSSocket): Checked {
    const certificate = socket.getPeerCertificate(true);
    return { validUntilMs: Date.parse(certificate.valid_to), anchor: last(certificate).fingerprint256 };
  }

  return {
    replaceCa(pem) {
      anchors = fingerprints(pem);
    },
    holds(socket) {
      if (!socket.authorized) return false;
      const { validUntilMs, anchor } = checked.get(socket) ?? check(socket);
      checked.set(socket, { validUntilMs, anchor });
      return anchors.has(anchor) && clock.now() <= validUntilMs;
    },
  };
}

/** One that has signed itself is its own issuer. */
function last(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  const { issuerCertificate } = certificate;
  return issuerCertificate.fingerprint256 === certificate.fingerprint256
    ? certificate
    : last(issuerCertificate);
}

function fingerprints(pem = ''): ReadonlySet<string> {
  return new Set(certificatesIn(pem).map((one) => new X509Certificate(one).fingerprint256));
}
