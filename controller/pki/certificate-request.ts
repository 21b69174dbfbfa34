// Reads a PKCS#10 request. Only its public key and the proof that the sender holds the private key count: whatever else
// it asks for is ignored, the controller writes every certificate's contents itself.
import { createHash, createPublicKey } from 'node:crypto';
import { LongshoreError } from '../../common/errors.ts';
import type { X509 } from './x509.ts';

export interface CertificateRequest {
  /** SubjectPublicKeyInfo. */
  readonly publicKeyDer: Buffer;
  /** SHA-256 of publicKeyDer, hex. */
  readonly publicKeyHash: string;
  /** The subject's common name: a hint, never trusted. Empty when there is none. */
  readonly commonName: string;
}

const MAX_REQUEST_BYTES = 8 * 1024;

/** Throws `invalid` for anything but a well-signed request for an EC P-256 key. */
export async function readCertificateRequest(x509: X509, der: Uint8Array): Promise<CertificateRequest> {
  if (der.byteLength === 0 || der.byteLength > MAX_REQUEST_BYTES) {
    throw invalid(`it has ${der.byteLength} bytes, 1 to ${MAX_REQUEST_BYTES} are allowed`);
  }
  let request: InstanceType<X509['Pkcs10CertificateRequest']>;
  try {
    request = new x509.Pkcs10CertificateRequest(Uint8Array.from(der));
  } catch (error) {
    throw invalid('it is not PKCS#10 in DER', error);
  }
  const publicKeyDer = Buffer.from(request.publicKey.rawData);
  if (!isP256(publicKeyDer)) throw invalid('its key is not EC P-256');
  if (!(await request.verify().catch(() => false))) throw invalid('its signature does not match its key');
  return {
    publicKeyDer,
    publicKeyHash: createHash('sha256').update(publicKeyDer).digest('hex'),
    commonName: request.subjectName.getField('CN')[0] ?? '',
  };
}

function isP256(spki: Buffer): boolean {
  try {
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

function invalid(what: string, cause?: unknown): LongshoreError {
  return new LongshoreError('invalid', `the certificate request is not acceptable: ${what}`, { cause });
}
