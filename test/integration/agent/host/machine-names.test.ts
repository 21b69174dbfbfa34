import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readMachineNames } from '../../../../agent/host/machine-names.ts';

describe("a machine's own names", () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'longshore-names-'));
    mkdirSync(join(root, 'etc'));
    mkdirSync(join(root, 'run/systemd/resolve'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are those of its files', async () => {
    writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
    writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 192.0.2.1\nsearch home.example\n');
    assert.deepEqual(await readMachineNames(root), {
      hosts: '127.0.0.1 localhost\n',
      resolver: { nameservers: ['192.0.2.1'], searches: ['home.example'], options: [] },
    });
  });

  it('are asked of those whom systemd-resolved asks', async () => {
    writeFileSync(join(root, 'etc/resolv.conf'), 'nameserver 127.0.0.53\noptions edns0\n');
    const { resolver } = await readMachineNames(root);
    assert.deepEqual(resolver.nameservers, ['127.0.0.53']);
    writeFileSync(join(root, 'run/systemd/resolve/resolv.conf'), 'nameserver 192.0.2.2\n');
    const found = await readMachineNames(root);
    assert.deepEqual(found.resolver, { nameservers: ['192.0.2.2'], searches: [], options: [] });
  });

  it('may be none', async () => {
    assert.deepEqual(await readMachineNames(root), {
      hosts: '',
      resolver: { nameservers: [], searches: [], options: [] },
    });
  });
});
