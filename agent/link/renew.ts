// Renewing the client certificate: asked for at two thirds of its life, with the same key. It works with an expired
// certificate too, because the request itself proves that we hold the key the controller knows.
import { X509Certificate } from 'node:crypto';
import { identityFromAltNames } from '../../common/agent-identity.ts';
import type { Clock } from '../../common/clock.ts';
import { LongshoreError } from '../../common/errors.ts';
import type { RenewResponse__Output } from '../../proto/gen/longshore/v1/RenewResponse.ts';
import type { ControllerChannel } from './controller-channel.ts';
import { certificateRequest } from './csr.ts';
import { fromGrpc } from './grpc-failure.ts';
import { type Membership, requireJoined } from './membership.ts';
import { Removal } from './removal.ts';

const RENEW_TIMEOUT_MS = 30_000;

/** When to ask for the next certificate, Unix milliseconds on the controller's clock. */
export function renewalTime(certificatePem: string): number {
  const certificate = new X509Certificate(certificatePem);
  const from = certificate.validFromDate.getTime();
  return from + ((certificate.validToDate.getTime() - from) * 2) / 3;
}

export interface RenewDeps {
  readonly channel: Pick<ControllerChannel, 'enrollment'>;
  readonly membership: Membership;
  readonly clock: Clock;
}

/** Durable when it resolves; the next connection uses the new certificate. Rejects with a Removal when the fleet has no such agent any more. */
export async function renew({ channel, membership, clock }: RenewDeps, signal: AbortSignal): Promise<void> {
  const joined = requireJoined(membership);
  const request = {
    csrDer: certificateRequest(membership.key, joined.name),
    certificateDer: new X509Certificate(joined.certificatePem).raw,
  };
  const deadline = clock.now() + RENEW_TIMEOUT_MS;
  const { certificatePem, caPem, removed } = await new Promise<RenewResponse__Output>((resolve, reject) => {
    const call = channel.enrollment.Renew(request, { deadline }, (error, reply) => {
      signal.removeEventListener('abort', cancel);
      if (reply) resolve(reply);
      else reject(fromGrpc(error));
    });
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
  if (removed) throw new Removal(removed);
  const certificate = new X509Certificate(certificatePem);
  const named = identityFromAltNames(certificate.subjectAltName);
  const isOurs =
    certificate.checkPrivateKey(membership.key) && certificate.verify(new X509Certificate(caPem).publicKey);
  if (!isOurs || named?.uid !== joined.uid || named.name !== joined.name) {
    throw new LongshoreError('internal', 'the controller renewed a certificate that is not for this agent');
  }
  await membership.update({ joined: { ...joined, certificatePem, caPem } });
}
