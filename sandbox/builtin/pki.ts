// The cluster's CA and what it signs: the server's certificate, the API server's kubelet client, the administrator, and
// approved CertificateSigningRequests. Kept in DIR/pki, keys readable by the owner only, and used again when there.
import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { LongshoreError } from '../../common/errors.ts';

export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Issue {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly usage: 'server' | 'client';
  readonly days: number;
}

export interface Pki {
  /** PEM; signs servers and clients alike. */
  readonly caCertificate: string;
  /** Signs ServiceAccount tokens. */
  readonly tokenKey: KeyObject;
  issue(request: Issue): Promise<KeyedCertificate>;
  /** PEM in, PEM out: a certificate for the request's key, with its subject and names. */
  signRequest(csr: string, usage: Issue['usage'], days: number): Promise<string>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const USAGES = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };

/** Several authorities in one cluster need several names: clients choose a certificate by its issuer's. */
export async function openPki(dir: string, now: () => number, name = 'longshore-sandbox-ca'): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ca = (await readCa(dir)) ?? (await createCa(dir, now, name));
  const tokenKey = openTokenKey(join(dir, 'sa.key'));
  const sign = (
    options: Pick<x509.X509CertificateCreateParams, 'subject' | 'publicKey' | 'extensions'>,
    days: number,
  ) =>
    x509.X509CertificateGenerator.create({
      ...options,
      issuer: ca.certificate.subjectName,
      signingKey: ca.key,
      signingAlgorithm: ALGORITHM,
      serialNumber: randomSerial(),
      notBefore: new Date(now() - 60 * 60 * 1000),
      notAfter: new Date(now() + days * DAY_MS),
    });
  return {
    caCertificate: pem(ca.certificate.toString('pem')),
    tokenKey,
    issue: async (request) => {
      const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await sign(
        { subject: subject(request), publicKey: keys.publicKey, extensions: extensions(request) },
        request.days,
      );
      return { certificate: pem(certificate.toString('pem')), key: keyPem(keys.privateKey) };
    },
    signRequest: async (csr, usage, days) => {
      const request = new x509.Pkcs10CertificateRequest(csr);
      if (!(await request.verify()))
        throw new LongshoreError('invalid', 'the request is not signed by its own key');
      const names = request.getExtension('2.5.29.17');
      const parts = [...leafExtensions(usage), ...(names ? [names] : [])];
      const certificate = await sign(
        { subject: request.subjectName.toJSON(), publicKey: request.publicKey, extensions: parts },
        days,
      );
      return pem(certificate.toString('pem'));
    },
  };
}

interface Ca {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

async function readCa(dir: string): Promise<Ca | undefined> {
  const [certificateFile, keyFile] = [join(dir, 'ca.crt'), join(dir, 'ca.key')];
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return undefined;
  try {
    const der = x509.PemConverter.decodeFirst(readFileSync(keyFile, 'utf8'));
    return {
      certificate: new x509.X509Certificate(readFileSync(certificateFile, 'utf8')),
      key: await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']),
    };
  } catch (error) {
    const message = `the CA in ${dir} cannot be read; remove that folder to start with a new one`;
    throw new LongshoreError('invalid', message, { cause: error });
  }
}

async function createCa(dir: string, now: () => number, name: string): Promise<Ca> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    serialNumber: randomSerial(),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now() - DAY_MS),
    notAfter: new Date(now() + 3650 * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writeFile(join(dir, 'ca.key'), keyPem(keys.privateKey));
  writeFile(join(dir, 'ca.crt'), pem(certificate.toString('pem')));
  return { certificate, key: keys.privateKey };
}

function openTokenKey(file: string): KeyObject {
  if (existsSync(file)) return createPrivateKey(readFileSync(file, 'utf8'));
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFile(file, String(key.export({ type: 'pkcs8', format: 'pem' })));
  return key;
}

function subject({ commonName, organizations = [] }: Issue): x509.JsonName {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }];
}

function extensions({ usage, dnsNames = [], addresses = [] }: Issue): x509.Extension[] {
  const names: x509.JsonGeneralNames = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  return [
    ...leafExtensions(usage),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

function leafExtensions(usage: Issue['usage']): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([USAGES[usage]]),
  ];
}

function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f || 1;
  return bytes.toString('hex');
}

function keyPem(key: webcrypto.CryptoKey): string {
  return String(KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }));
}

function pem(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** Written whole or not at all; secret until it has its final name, and after. */
export function writeFile(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}
