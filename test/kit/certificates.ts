// Certificates for tests: an authority, and what it signs. Real X.509, nothing of the product's own PKI.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly use: 'server' | 'client';
  /** For servers; DNS names, or addresses. */
  readonly altNames?: readonly string[];
}

export interface TestAuthority {
  readonly caPem: string;
  /** An authority that this one stands for. */
  intermediate(name: string): Promise<TestAuthority>;
  issue(subject: Subject): Promise<KeyPair>;
  /** What a PKCS#10 request asks for: its key, its subject, its names. PEM in, PEM out. */
  sign(request: string, validity: { readonly fromMs: number; readonly untilMs: number }): Promise<string>;
}

interface Issuer {
  readonly ca: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

export async function createTestAuthority(name = 'test CA'): Promise<TestAuthority> {
  return authority(await createIssuer(name));
}

/** Signs itself unless another does. */
async function createIssuer(name: string, by?: Issuer): Promise<Issuer> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const subject = [{ CN: [name] }];
  const ca = await x509.X509CertificateGenerator.create({
    subject,
    issuer: by?.ca.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  return { ca, keys };
}

function authority(issuer: Issuer): TestAuthority {
  const { ca, keys } = issuer;
  return {
    caPem: ca.toString('pem'),
    intermediate: async (name) => authority(await createIssuer(name, issuer)),
    async issue(subject) {
      const pair = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [
          ...(subject.organizations ?? []).map((organization) => ({ O: [organization] })),
          { CN: [subject.commonName] },
        ],
        issuer: ca.subject,
        publicKey: pair.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(),
        extensions: [
          new x509.ExtendedKeyUsageExtension([subject.use === 'server' ? SERVER_AUTH : CLIENT_AUTH]),
          new x509.SubjectAlternativeNameExtension((subject.altNames ?? []).map(altName)),
        ],
      });
      return { certPem: certificate.toString('pem'), keyPem: await privateKeyPem(pair.privateKey) };
    },
    async sign(request, { fromMs, untilMs }) {
      const asked = new x509.Pkcs10CertificateRequest(request);
      if (!(await asked.verify())) throw new Error('the request is not signed by its key');
      const names = asked.getExtension('2.5.29.17');
      const certificate = await x509.X509CertificateGenerator.create({
        subject: asked.subjectName.toJSON(),
        issuer: ca.subject,
        publicKey: asked.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(fromMs),
        notAfter: new Date(untilMs),
        extensions: names ? [names] : [],
      });
      return certificate.toString('pem');
    },
  };
}

function altName(name: string) {
  return { type: /^[\d.]+$|:/.test(name) ? 'ip' : 'dns', value: name } as const;
}

function validity() {
  const hour = 3_600_000;
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + 24 * hour) };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
}
