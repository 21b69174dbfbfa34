import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { certificateRequest } from '../../../../agent/link/csr.ts';
import { openCertificateAuthority } from '../../../../controller/pki/certificate-authority.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';
import { MemorySecrets } from '../../../kit/memory-secrets.ts';

const DAY_S = 86_400;

function open(secrets = new MemorySecrets(), clock = new ManualClock('2026-01-01T00:00:00Z')) {
  return openCertificateAuthority({ secrets, clock });
}

/** openssl's own verdict at a moment. */
function verifies(ca: string, leaf: string, purpose: 'sslclient' | 'sslserver', atSeconds: number): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-pki-'));
  try {
    writeFileSync(join(folder, 'ca.pem'), ca);
    writeFileSync(join(folder, 'leaf.pem'), leaf);
    const at = ['-attime', String(atSeconds), '-purpose', purpose];
    execFileSync('openssl', ['verify', '-x509_strict', ...at, '-CAfile', 'ca.pem', 'leaf.pem'], {
      cwd: folder,
      stdio: 'pipe',
    });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the certificate authority', () => {
  it('is made once and then found again', async () => {
    const secrets = new MemorySecrets();
    const first = await open(secrets);
    const second = await open(secrets);
    assert.equal(second.caHash, first.caHash);
    assert.deepEqual(
      secrets.all.map(({ name }) => name),
      ['longshore-ca'],
    );
  });

  it('is one even when two controllers start at once', async () => {
    const secrets = new MemorySecrets();
    const all = await Promise.all([open(secrets), open(secrets), open(secrets)]);
    assert.equal(new Set(all.map(({ caHash }) => caHash)).size, 1);
  });

  for (const [what, data] of Object.entries<Record<string, string>>({
    'no key': { 'ca.crt': 'x' },
    'something that is no certificate': { 'ca.crt': 'x', 'ca.key': 'y' },
  })) {
    it(`is never replaced when its Secret holds ${what}`, async () => {
      const secrets = new MemorySecrets();
      await secrets.create({ name: 'longshore-ca', labels: {}, data });
      await assert.rejects(open(secrets), /the Secret longshore-ca holds no usable CA: restore/);
      assert.deepEqual(secrets.all[0]?.data, data);
    });
  }

  it('is not used when key and certificate belong to different CAs', async () => {
    const [one, other, mixed] = [new MemorySecrets(), new MemorySecrets(), new MemorySecrets()];
    await open(one);
    await open(other);
    const data = { 'ca.crt': one.all[0]?.data['ca.crt'] ?? '', 'ca.key': other.all[0]?.data['ca.key'] ?? '' };
    await mixed.create({ name: 'longshore-ca', labels: {}, data });
    await assert.rejects(open(mixed), /holds no usable CA/);
  });

  it('issues serving certificates that a board in 1970 accepts, for exactly the names given', async () => {
    const authority = await open();
    const pair = await authority.issueServing({
      dnsNames: ['controller.longshore.internal', 'longshore.example'],
      ipAddresses: ['192.0.2.1', '2001:db8::1'],
    });
    const leaf = new X509Certificate(pair.certificatePem);
    assert.equal(
      leaf.subjectAltName,
      'DNS:controller.longshore.internal, DNS:longshore.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1',
    );
    assert.ok(leaf.checkPrivateKey(createPrivateKey(pair.keyPem)));
    const now = Date.parse('2026-01-01') / 1000;
    for (const at of [60, now, now + 364 * DAY_S]) {
      assert.ok(verifies(authority.caPem, leaf.toString(), 'sslserver', at), `at ${at}`);
    }
    assert.ok(!verifies(authority.caPem, leaf.toString(), 'sslserver', now + 366 * DAY_S));
    assert.ok(!verifies(authority.caPem, leaf.toString(), 'sslclient', now));
  });

  it('issues client certificates of 90 days that are good for nothing else', async () => {
    const authority = await open();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const request = await authority.readRequest(certificateRequest(privateKey, 'asks-for-this'));
    const leaf = new X509Certificate(await authority.issueClient(request, { name: 'garage-pi', uid: 'u-1' }));
    assert.equal(leaf.subject, 'CN=garage-pi');
    assert.equal(leaf.subjectAltName, 'URI:longshore://agent/garage-pi/u-1');
    assert.ok(!leaf.ca);
    const now = Date.parse('2026-01-01') / 1000;
    assert.ok(verifies(authority.caPem, leaf.toString(), 'sslclient', now + 89 * DAY_S));
    assert.ok(!verifies(authority.caPem, leaf.toString(), 'sslclient', now + 91 * DAY_S));
    assert.ok(!verifies(authority.caPem, leaf.toString(), 'sslserver', now));
  });
});
