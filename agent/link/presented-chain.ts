// What a server presents before anything is trusted: its certificate chain, fetched over a connection that carries no
// data. Used to find the CA a join token pins, and to say why a connection is not trusted.
import { createHash, X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { describeError, LongshoreError } from '../../common/errors.ts';
import { CONTROLLER_SERVER_NAME } from '../../common/names.ts';

const MAX_CHAIN = 8;
const CONNECT_TIMEOUT_MS = 10_000;

/** The chain, leaf first. Rejects with `unavailable` when nobody answers in TLS at this address. */
export function presentedChain(address: string, signal: AbortSignal): Promise<X509Certificate[]> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      servername: CONTROLLER_SERVER_NAME,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      timeout: CONNECT_TIMEOUT_MS,
    });
    const fail = (why: string, cause?: unknown) => {
      reject(new LongshoreError('unavailable', `no controller answers at ${address}: ${why}`, { cause }));
      socket.destroy();
    };
    const onAbort = () => fail('given up');
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      fail('the connection was closed');
    });
    socket.once('timeout', () => fail(`nothing within ${CONNECT_TIMEOUT_MS / 1000} s`));
    socket.once('error', (error) => fail(describeError(error), error));
    socket.once('secureConnect', () => {
      resolve(chainOf(socket.getPeerCertificate(true)));
      socket.destroy();
    });
    if (signal.aborted) onAbort();
  });
}

/**
 * The CA of the chain whose hash this is. Rejects with `unauthenticated` when the chain does not hold it or its leaf is
 * not signed by it. Dates are left to TLS, whose start lies before any clock.
 */
export function pinnedCa(chain: readonly X509Certificate[], caHash: string): X509Certificate {
  const ca = chain.find((certificate) => certificateHash(certificate) === caHash);
  if (!ca) {
    const last = chain.at(-1);
    const shown = last ? `${certificateHash(last).slice(0, 12)}…` : 'none';
    throw new LongshoreError(
      'unauthenticated',
      `the controller is not the one the join token is for: expected CA ${caHash.slice(0, 12)}…, it presents ${shown}; ` +
        'check the address, or make a token at this controller',
    );
  }
  const [leaf] = chain;
  if (!leaf?.checkIssued(ca) || !leaf.verify(ca.publicKey)) {
    throw new LongshoreError(
      'unauthenticated',
      'the server shows the right CA but a certificate that this CA did not sign: it is not the controller',
    );
  }
  return ca;
}

export function certificateHash(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

function chainOf(leaf: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let current: DetailedPeerCertificate | undefined = leaf;
  while (current?.raw && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(current.raw));
    // A self-signed root names itself as its issuer.
    current = current.issuerCertificate === current ? undefined : current.issuerCertificate;
  }
  return chain;
}

function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (!host || !(port > 0 && port < 65_536)) {
    throw new LongshoreError('invalid', `the controller's address must be HOST:PORT, not '${address}'`);
  }
  return { host, port };
}
