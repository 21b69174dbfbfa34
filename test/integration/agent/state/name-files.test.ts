import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createNameFiles } from '../../../../agent/state/name-files.ts';

const TEXTS = { hosts: 'one\n', resolvConf: 'nameserver 192.0.2.1\n' };

describe('the hosts and resolv.conf of a pod', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'longshore-names-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are for everybody to read, and change for those who have them open', async () => {
    const files = createNameFiles(folder);
    const { hosts, resolvConf } = await files.write('uid-1', TEXTS);
    assert.equal(await readFile(resolvConf, 'utf8'), TEXTS.resolvConf);
    assert.equal((await stat(hosts)).mode & 0o777, 0o644);
    await using bound = await open(hosts);
    await files.write('uid-1', { ...TEXTS, hosts: 'two\n' });
    assert.equal(await bound.readFile('utf8'), 'two\n');
  });

  it('go with the pod, and have no names that lead elsewhere', async () => {
    const files = createNameFiles(folder);
    const { hosts } = await files.write('uid-1', TEXTS);
    await files.remove('uid-1');
    await files.remove('uid-1');
    await assert.rejects(stat(hosts), { code: 'ENOENT' });
    await assert.rejects(files.write('../uid', TEXTS), /no name for a file/);
  });
});
