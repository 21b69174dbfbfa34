import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { certificateRequest } from '../../../../agent/link/csr.ts';
import { readCertificateRequest } from '../../../../controller/pki/certificate-request.ts';
import { loadX509 } from '../../../../controller/pki/x509.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('a certificate request', () => {
  it('is what openssl verifies, with the name in its subject', () => {
    const text = execFileSync(
      'openssl',
      ['req', '-inform', 'DER', '-verify', '-noout', '-subject', '-text'],
      {
        input: certificateRequest(privateKey, 'garage-pi'),
        stdio: ['pipe', 'pipe', 'pipe'],
        encoding: 'utf8',
      },
    );
    assert.match(text, /subject=CN = garage-pi/);
    assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
  });

  for (const name of ['a', 'garage-pi', 'x'.repeat(63)]) {
    it(`gives the controller our key and the name of ${name.length} characters`, async () => {
      const request = await readCertificateRequest(await loadX509(), certificateRequest(privateKey, name));
      const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
      assert.ok(request.publicKeyDer.equals(spki));
      assert.equal(request.commonName, name);
    });
  }

  it('is refused when any byte of it was changed', async () => {
    const x509 = await loadX509();
    const good = certificateRequest(privateKey, 'garage-pi');
    for (let index = 0; index < good.length; index += 7) {
      const bad = Buffer.from(good);
      bad[index] = (bad[index] ?? 0) ^ 1;
      await assert.rejects(readCertificateRequest(x509, bad), /the certificate request is not acceptable/);
    }
  });

  for (const [what, der] of Object.entries({
    nothing: Buffer.alloc(0),
    'no DER': Buffer.from('hello'),
    'too much': Buffer.alloc(9000),
    'another curve': certificateRequest(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'a'),
  })) {
    it(`is refused when it is ${what}`, async () => {
      await assert.rejects(readCertificateRequest(await loadX509(), der), /not acceptable/);
    });
  }
});
