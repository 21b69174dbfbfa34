// Joining a fleet. Trust begins with the CA hash in the token: the server's chain is fetched without trust, the CA found
// by its hash, and everything after that goes over TLS that this CA vouches for. The key was stored before the request,
// so a join that is repeated after a lost reply is the same machine asking again.
import { X509Certificate } from 'node:crypto';
import { identityFromAltNames } from '../../common/agent-identity.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { JoinToken } from '../../common/join-token.ts';
import type { JoinResponse__Output } from '../../proto/gen/longshore/v1/JoinResponse.ts';
import type { Wire } from '../../proto/wire.ts';
import { openChannel } from './controller-channel.ts';
import { certificateRequest } from './csr.ts';
import { fromGrpc } from './grpc-failure.ts';
import type { JoinedAs, Membership } from './membership.ts';
import { pinnedCa, presentedChain } from './presented-chain.ts';

export interface JoinWish {
  /** HOST:PORT */
  readonly address: string;
  readonly token: JoinToken;
  /** The name asked for; undefined: what the token says, else the hostname. */
  readonly name: string | undefined;
  readonly hostname: string;
  /** As Kubernetes labels them: `linux`, and `amd64`, `arm64` or `arm`. */
  readonly os: string;
  readonly arch: string;
}

export interface JoinDeps {
  readonly wire: Wire;
  readonly membership: Membership;
  readonly clock: Clock;
}

const JOIN_TIMEOUT_MS = 30_000;

/**
 * One attempt; durable when it resolves. Rejects with `unavailable` or `exhausted` when a later attempt may succeed, and
 * with `unauthenticated` (token, CA), `already-exists` (name) or `invalid` when it will not.
 */
export async function join(deps: JoinDeps, wish: JoinWish, signal: AbortSignal): Promise<JoinedAs> {
  const { wire, membership, clock } = deps;
  const { token, address } = wish;
  const ca = pinnedCa(await presentedChain(address, signal), token.caHash);
  using channel = openChannel(wire, { address, caPem: ca.toString() });
  const request = {
    tokenId: token.id,
    tokenSecret: token.secret,
    csrDer: certificateRequest(membership.key, wish.name ?? 'longshore-agent'),
    agentName: wish.name ?? '',
    hostname: wish.hostname,
    os: wish.os,
    arch: wish.arch,
  };
  const response = await new Promise<JoinResponse__Output>((resolve, reject) => {
    const call = channel.enrollment.Join(
      request,
      { deadline: clock.now() + JOIN_TIMEOUT_MS },
      (error, reply) => {
        signal.removeEventListener('abort', cancel);
        if (reply) resolve(reply);
        else reject(fromGrpc(error));
      },
    );
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
  const joined = { ...checkedIdentity(membership, response, ca), tokenId: token.id };
  await membership.update({ joined });
  return joined;
}

/** What the controller gave must be ours: our key, its CA, the identity it names. */
function checkedIdentity(
  membership: Membership,
  response: JoinResponse__Output,
  ca: X509Certificate,
): JoinedAs {
  const { agentName: name, agentUid: uid, certificatePem, caPem } = response;
  try {
    const certificate = new X509Certificate(certificatePem);
    const named = identityFromAltNames(certificate.subjectAltName);
    const isOurs = certificate.checkPrivateKey(membership.key) && certificate.verify(ca.publicKey);
    const sameCa = new X509Certificate(caPem).fingerprint256 === ca.fingerprint256;
    if (isOurs && sameCa && named?.name === name && named.uid === uid)
      return { name, uid, certificatePem, caPem };
  } catch (error) {
    throw new LongshoreError('internal', 'the controller answered with a certificate that cannot be read', {
      cause: error,
    });
  }
  throw new LongshoreError(
    'internal',
    'the controller answered with a certificate that is not for this machine',
  );
}
