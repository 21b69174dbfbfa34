import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLog } from '../../../../common/log.ts';
import { openCertificateFiles } from '../../../../controller/pki/certificate-files.ts';
import { createTestAuthority, type KeyPair, type TestAuthority } from '../../../kit/certificates.ts';
import { eventually } from '../../../kit/eventually.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

describe('certificate files', () => {
  let folder: string;
  let authority: TestAuthority;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-files-'));
    authority = await createTestAuthority();
  });
  after(() => rmSync(folder, { recursive: true }));

  const issue = () => authority.issue({ commonName: 'n', use: 'server', altNames: ['n'] });
  const files = () => ({ certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') });
  const write = ({ certPem, keyPem }: KeyPair) => {
    writeFileSync(files().certFile, certPem);
    writeFileSync(files().keyFile, keyPem);
  };
  const tools = () => ({ clock: new ManualClock(), log: createLog({ name: 'test', level: 'silent' }) });

  it('are taken again when they change, and not while they are no pair', async () => {
    const [first, second] = [await issue(), await issue()];
    write(first);
    const { clock, log } = tools();
    const opened = openCertificateFiles(files(), { clock, log });
    let told = 0;
    opened.subscribe(() => told++);
    const stop = new AbortController();
    const running = opened.run(stop.signal);
    try {
      const wait = (look: () => boolean) =>
        eventually(async () => {
          await clock.advance(5000);
          return look();
        });
      writeFileSync(files().certFile, second.certPem);
      let looks = 0;
      await wait(() => ++looks > 10);
      assert.equal(opened.current().certificatePem, first.certPem);
      assert.equal(told, 0);
      writeFileSync(files().keyFile, second.keyPem);
      await wait(() => told === 1);
      assert.deepEqual(opened.current(), { certificatePem: second.certPem, keyPem: second.keyPem });
    } finally {
      stop.abort();
      await running;
    }
  });

  it('must be there, and be a pair, at the start', async () => {
    const [one, other] = [await issue(), await issue()];
    write({ certPem: one.certPem, keyPem: other.keyPem });
    assert.throws(() => openCertificateFiles(files(), tools()), /is not the one of the certificate/);
    const missing = { ...files(), keyFile: join(folder, 'nothing') };
    assert.throws(() => openCertificateFiles(missing, tools()), /cannot read .*nothing/);
  });
});
