// Keys and PKCS#10 requests for certificates that the cluster signs for us, and whether a pair is what was asked for.
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { ServingNames } from './certificate-authority.ts';
import { EC_P256, ECDSA_SHA256, loadX509 } from './x509.ts';

/** What a certificate is to say. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organization: string;
  /** For servers. */
  readonly names?: ServingNames;
}

export interface KeyPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A fresh EC P-256 key, PKCS#8 PEM. */
export async function createKeyPem(): Promise<string> {
  const keys = await crypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}

/** The same for the same key and subject: a name under which the request is found again. */
export function requestDigest(keyPem: string, subject: CertificateSubject): string {
  const spki = createPublicKey(keyPem).export({ format: 'der', type: 'spki' });
  const { commonName, organization, names } = subject;
  const wish = JSON.stringify([commonName, organization, names?.dnsNames, names?.ipAddresses]);
  return createHash('sha256').update(spki).update(wish).digest('hex').slice(0, 16);
}

/** PEM. */
export async function createSigningRequest(keyPem: string, subject: CertificateSubject): Promise<string> {
  const x509 = await loadX509();
  const der = (key: ReturnType<typeof createPrivateKey>, type: 'pkcs8' | 'spki') =>
    Uint8Array.from(key.export({ format: 'der', type }));
  const { subtle } = crypto;
  const privateDer = der(createPrivateKey(keyPem), 'pkcs8');
  const publicDer = der(createPublicKey(keyPem), 'spki');
  const { dnsNames = [], ipAddresses = [] } = subject.names ?? {};
  const altNames = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ O: [subject.organization] }, { CN: [subject.commonName] }],
    keys: {
      privateKey: await subtle.importKey('pkcs8', privateDer, EC_P256, true, ['sign']),
      publicKey: await subtle.importKey('spki', publicDer, EC_P256, true, ['verify']),
    },
    signingAlgorithm: ECDSA_SHA256,
    extensions: altNames.length > 0 ? [new x509.SubjectAlternativeNameExtension(altNames)] : [],
  });
  return `${request.toString('pem').trim()}\n`;
}

export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How long the pair holds; undefined when it is no pair, or says something else than the subject. */
export function validityOf(pair: KeyPair, subject: CertificateSubject): Validity | undefined {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    const lines = certificate.subject.split('\n');
    const names = subject.names ?? { dnsNames: [], ipAddresses: [] };
    const fits =
      certificate.checkPrivateKey(createPrivateKey(pair.keyPem)) &&
      lines.includes(`CN=${subject.commonName}`) &&
      lines.includes(`O=${subject.organization}`) &&
      names.dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
      names.ipAddresses.every((address) => certificate.checkIP(address) !== undefined);
    if (!fits) return undefined;
    return { fromMs: certificate.validFromDate.getTime(), untilMs: certificate.validToDate.getTime() };
  } catch {
    return undefined;
  }
}
