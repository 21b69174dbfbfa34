// TLS of the gRPC port: a client certificate is asked for, never required, and counts only when our CA signed it. The
// serving certificate can be replaced while the server runs; a pair that does not fit is refused and the last good one
// stays.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { experimental, type ServerCredentials } from '@grpc/grpc-js';
import { LongshoreError } from '../../common/errors.ts';

export interface RpcTls {
  /** Leaf first, the CA appended. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** Signs agents' client certificates. */
  readonly caPem: string;
}

export interface ReplaceableCredentials {
  readonly credentials: ServerCredentials;
  /** New connections get this from now on. Throws `invalid` when key and certificate are no pair. */
  replace(tls: RpcTls): void;
}

type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];
type CaListener = Parameters<Provider['addCaCertificateListener']>[0];
type IdentityListener = Parameters<Provider['addIdentityCertificateListener']>[0];

export function createReplaceableCredentials(initial: RpcTls): ReplaceableCredentials {
  let tls = checked(initial);
  const caListeners = new Set<CaListener>();
  const identityListeners = new Set<IdentityListener>();
  const caUpdate = () => ({ caCertificate: Buffer.from(tls.caPem) });
  const identityUpdate = () => ({
    certificate: Buffer.from(tls.certificatePem),
    privateKey: Buffer.from(tls.keyPem),
  });

  // A listener hears the current pair a moment later: told at once, grpc-js would not be watching yet and miss it.
  const provider: Provider = {
    addCaCertificateListener(listener) {
      caListeners.add(listener);
      queueMicrotask(() => listener(caUpdate()));
    },
    removeCaCertificateListener: (listener) => void caListeners.delete(listener),
    addIdentityCertificateListener(listener) {
      identityListeners.add(listener);
      queueMicrotask(() => listener(identityUpdate()));
    },
    removeIdentityCertificateListener: (listener) => void identityListeners.delete(listener),
  };

  return {
    // grpc-js 1.14 declares (ca, identity) and implements (identity, ca): one provider for both is right either way.
    credentials: experimental.createCertificateProviderServerCredentials(provider, provider, false),
    replace(next) {
      tls = checked(next);
      for (const listener of caListeners) listener(caUpdate());
      for (const listener of identityListeners) listener(identityUpdate());
    },
  };
}

function checked(tls: RpcTls): RpcTls {
  try {
    const key = createPrivateKey(tls.keyPem);
    if (new X509Certificate(tls.certificatePem).checkPrivateKey(key) && new X509Certificate(tls.caPem).ca)
      return tls;
  } catch (error) {
    throw new LongshoreError('invalid', 'the serving certificate cannot be read', { cause: error });
  }
  throw new LongshoreError('invalid', 'the serving certificate does not fit its key or its CA');
}
