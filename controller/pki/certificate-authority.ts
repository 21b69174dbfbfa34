// The fleet's certificate authority: an EC P-256 key made once, kept in the Secret `longshore-ca`. Two controllers that
// start at once end with one CA, because the second `create` of the Secret fails and reads the first one's. A Secret
// that is there but unusable is never replaced: every agent trusts what it once held.
import { createHash, createPrivateKey, type webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { AgentIdentity } from '../../common/agent-identity.ts';
import { agentIdentityUri } from '../../common/agent-identity.ts';
import type { Clock } from '../../common/clock.ts';
import { errorCode, LongshoreError } from '../../common/errors.ts';
import { type CertificateRequest, readCertificateRequest } from './certificate-request.ts';
import type { SecretStore } from './secret-store.ts';
import { EC_P256, ECDSA_SHA256, loadX509, type X509 } from './x509.ts';

export interface CertificateAuthority {
  readonly caPem: string;
  /** SHA-256 of the CA certificate's DER, hex: what join tokens pin. */
  readonly caHash: string;
  /** Throws `invalid` when the request is not well signed or its key not EC P-256. */
  readRequest(der: Uint8Array): Promise<CertificateRequest>;
  /** A client certificate for this key and agent. */
  issueClient(request: CertificateRequest, agent: AgentIdentity): Promise<string>;
  /** A fresh key and its serving certificate, the CA appended so that a joining agent can see it. */
  issueServing(names: ServingNames): Promise<ServingPair>;
}

export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export interface ServingPair {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface CertificateAuthorityDeps {
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

export interface CertificateLifetimes {
  /** Default 90 days: renewed at 60, so a machine may be off for a month before its certificate runs out. */
  readonly clientMs?: number;
  /** Default 1 year. */
  readonly servingMs?: number;
}

export const CA_SECRET = 'longshore-ca';

const DAY_MS = 86_400_000;
const CA_LIFETIME_MS = 3650 * DAY_MS;
/** A board without a clock boots in 1970 and must still accept what it checks: the CA and serving certificates. */
const EPOCH = new Date(0);
/** Client certificates are checked by controllers only; their clocks differ by less than this. */
const CLOCK_SKEW_MS = 3_600_000;
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

interface CaMaterial {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Loads the CA, making it when there is none. Rejects with `precondition` when what is stored cannot be used. */
export async function openCertificateAuthority(
  deps: CertificateAuthorityDeps,
  lifetimes: CertificateLifetimes = {},
): Promise<CertificateAuthority> {
  const x509 = await loadX509();
  const material = (await readCa(deps.secrets)) ?? (await createCa(x509, deps));
  const signer = await createSigner(x509, material);
  const { clientMs = 90 * DAY_MS, servingMs = 365 * DAY_MS } = lifetimes;

  return {
    caPem: material.certificatePem,
    caHash: certificateHash(material.certificatePem),
    readRequest: (der) => readCertificateRequest(x509, der),
    async issueClient(request, agent) {
      const now = deps.clock.now();
      return signer.sign({
        commonName: agent.name,
        publicKeyDer: request.publicKeyDer,
        notBefore: new Date(now - CLOCK_SKEW_MS),
        notAfter: new Date(now + clientMs),
        usage: CLIENT_AUTH,
        altNames: [{ type: 'url', value: agentIdentityUri(agent) }],
      });
    },
    async issueServing(names) {
      const now = deps.clock.now();
      const keys = await crypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
      const leaf = await signer.sign({
        commonName: names.dnsNames[0] ?? names.ipAddresses[0] ?? 'longshore',
        publicKeyDer: Buffer.from(await crypto.subtle.exportKey('spki', keys.publicKey)),
        notBefore: EPOCH,
        notAfter: new Date(now + servingMs),
        usage: SERVER_AUTH,
        altNames: servingAltNames(names),
      });
      return {
        certificatePem: `${leaf}${material.certificatePem}`,
        keyPem: await privateKeyPem(keys.privateKey),
        issuedAtMs: now,
        expiresAtMs: now + servingMs,
      };
    },
  };
}

/** SHA-256 of a certificate's DER, hex. */
export function certificateHash(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
}

async function readCa(secrets: SecretStore): Promise<CaMaterial | undefined> {
  const stored = await secrets.get(CA_SECRET);
  if (!stored) return undefined;
  const { 'ca.crt': certificatePem = '', 'ca.key': keyPem = '' } = stored.data;
  if (!isUsable({ certificatePem, keyPem })) {
    throw new LongshoreError(
      'precondition',
      `the Secret ${CA_SECRET} holds no usable CA: restore its ca.crt and ca.key from a backup, or delete it to start ` +
        'anew (every agent must then join again)',
    );
  }
  return { certificatePem, keyPem };
}

function isUsable(material: CaMaterial): boolean {
  try {
    const certificate = new X509Certificate(material.certificatePem);
    return certificate.ca && certificate.checkPrivateKey(createPrivateKey(material.keyPem));
  } catch {
    return false;
  }
}

async function createCa(x509: X509, deps: CertificateAuthorityDeps): Promise<CaMaterial> {
  const material = await generateCa(x509, deps.clock.now());
  try {
    await deps.secrets.create({
      name: CA_SECRET,
      labels: { 'app.kubernetes.io/part-of': 'longshore' },
      data: { 'ca.crt': material.certificatePem, 'ca.key': material.keyPem },
    });
    return material;
  } catch (error) {
    const first = errorCode(error) === 'already-exists' ? await readCa(deps.secrets) : undefined;
    if (first) return first;
    throw error;
  }
}

async function generateCa(x509: X509, nowMs: number): Promise<CaMaterial> {
  const keys = await crypto.subtle.generateKey(EC_P256, true, ['sign', 'verify']);
  const { KeyUsageFlags } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: [{ CN: ['Longshore CA'] }],
    keys,
    signingAlgorithm: ECDSA_SHA256,
    notBefore: EPOCH,
    notAfter: new Date(nowMs + CA_LIFETIME_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pemText(certificate), keyPem: await privateKeyPem(keys.privateKey) };
}

interface Contents {
  readonly commonName: string;
  readonly publicKeyDer: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly usage: string;
  readonly altNames: { type: 'dns' | 'ip' | 'url'; value: string }[];
}

async function createSigner(x509: X509, material: CaMaterial) {
  const ca = new x509.X509Certificate(material.certificatePem);
  const keyDer = createPrivateKey(material.keyPem).export({ format: 'der', type: 'pkcs8' });
  const signingKey = await crypto.subtle.importKey('pkcs8', Uint8Array.from(keyDer), EC_P256, false, [
    'sign',
  ]);
  return {
    async sign(contents: Contents): Promise<string> {
      const publicKey = new x509.PublicKey(Uint8Array.from(contents.publicKeyDer));
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: randomSerial(),
        subject: [{ CN: [contents.commonName] }],
        issuer: ca.subjectName,
        publicKey,
        signingKey,
        signingAlgorithm: ECDSA_SHA256,
        notBefore: contents.notBefore,
        notAfter: contents.notAfter,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([contents.usage]),
          new x509.SubjectAlternativeNameExtension(contents.altNames),
          await x509.AuthorityKeyIdentifierExtension.create(ca),
          await x509.SubjectKeyIdentifierExtension.create(publicKey),
        ],
      });
      return pemText(certificate);
    },
  };
}

function servingAltNames(names: ServingNames): Contents['altNames'] {
  return [
    ...names.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...names.ipAddresses
      .filter((address) => isIP(address) !== 0)
      .map((value) => ({ type: 'ip' as const, value })),
  ];
}

/** 127 random bits: never negative, never zero. */
function randomSerial(): string {
  const bytes = crypto.getRandomValues(Buffer.alloc(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function pemText(certificate: { toString(format: 'pem'): string }): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
}
