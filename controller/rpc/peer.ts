// Who is at the other end of a call: the agent its client certificate names, and its address.
import { createHash, X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { type AgentIdentity, identityFromAltNames } from '../../common/agent-identity.ts';
import { LongshoreError } from '../../common/errors.ts';
import { isDeclaredGone } from '../model/agent.ts';
import type { AgentDirectory } from './agent-directory.ts';

export interface CertifiedAgent {
  readonly identity: AgentIdentity;
  /** SHA-256 of the certificate's public key (SPKI), hex. */
  readonly publicKeyHash: string;
  /** When the certificate runs out, Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** The part of a server call that says who calls. */
export interface PeerCall {
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}

/** Undefined without a client certificate that our CA signed, is in date, and names one agent. */
export function certifiedAgent(call: PeerCall): CertifiedAgent | undefined {
  const raw = call.getAuthContext().sslPeerCertificate?.raw;
  return raw && agentOf(new X509Certificate(raw));
}

/** The agent of a certificate that this CA signed, in date or not; undefined: it is no such certificate. */
export function onceCertifiedAgent(certificateDer: Buffer, caPem: string): CertifiedAgent | undefined {
  const ca = new X509Certificate(caPem);
  try {
    const certificate = new X509Certificate(certificateDer);
    const isOurs = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    return isOurs ? agentOf(certificate) : undefined;
  } catch {
    return undefined;
  }
}

function agentOf(certificate: X509Certificate): CertifiedAgent | undefined {
  const identity = identityFromAltNames(certificate.subjectAltName);
  if (!identity) return undefined;
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  const publicKeyHash = createHash('sha256').update(spki).digest('hex');
  return { identity, publicKeyHash, expiresAtMs: certificate.validToDate.getTime() };
}

/** Throws `unauthenticated` when the call carries no agent's certificate, or that agent is no longer of the fleet. */
export function requireAgent(call: PeerCall, directory: AgentDirectory): CertifiedAgent {
  const agent = requireCertificate(call);
  requireMember(agent, directory);
  return agent;
}

/** Throws `unauthenticated` when the call carries no agent's certificate. */
export function requireCertificate(call: PeerCall): CertifiedAgent {
  const agent = certifiedAgent(call);
  if (agent) return agent;
  throw new LongshoreError(
    'unauthenticated',
    'no valid agent certificate was presented: it may have expired; renew it, or join with a token',
  );
}

/** Throws `unauthenticated` when the agent is no longer of the fleet. */
export function requireMember(agent: CertifiedAgent, directory: AgentDirectory): void {
  const reason = whyRevoked(agent, directory);
  if (reason) throw new LongshoreError('unauthenticated', reason);
}

/** Undefined while the Agent object is there with this uid and key. */
export function whyRevoked(agent: CertifiedAgent, directory: AgentDirectory): string | undefined {
  const { name, uid } = agent.identity;
  const known = directory.get(name);
  if (!known || known.metadata.uid !== uid) {
    return `agent '${name}' (${uid}) is not of this fleet any more: to use this machine again, join with a new token`;
  }
  if (isDeclaredGone(known)) return `agent '${name}' was declared gone and is being removed`;
  if (known.spec.publicKeyHash !== agent.publicKeyHash) {
    return `agent '${name}' now has another key: to use this machine again, join with a new token`;
  }
  return undefined;
}

/** The peer's address without its port. */
export function peerAddress(call: Pick<PeerCall, 'getPeer'>): string {
  const peer = call.getPeer();
  const colon = peer.lastIndexOf(':');
  return colon > 0 ? peer.slice(0, colon) : peer;
}
