import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, release, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readBootId, readMachineFacts } from '../../../../agent/host/machine-facts.ts';
import { parseQuantity, wholeUnits } from '../../../../common/quantity.ts';

const FILES: Record<string, string> = {
  'proc/meminfo': 'MemTotal:        4194304 kB\nMemAvailable:    2097152 kB\n',
  'proc/sys/kernel/hostname': 'garage-pi\n',
  'proc/sys/kernel/osrelease': '6.12.1-v8\n',
  'proc/sys/kernel/random/boot_id': '11111111-2222-3333-4444-555555555555\n',
  'proc/net/route': 'Iface\tDestination\n',
  'proc/cgroups': 'memory\t4\t22\t0\n',
  'sys/devices/system/cpu/online': '0-3\n',
  'sys/class/dmi/id/product_uuid': 'AB12\n',
  'etc/machine-id': '0123\n',
  'usr/lib/os-release': 'PRETTY_NAME="Raspberry Pi OS"\n',
  'var/lib/docker/x': '',
};

describe('readMachineFacts', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'longshore-host-'));
    for (const [path, content] of Object.entries(FILES)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const engineInfo = async () => ({ version: '20.10.24', rootDir: '/var/lib/docker' });

  it('reads a machine from its files', async () => {
    const facts = await readMachineFacts({
      root,
      engineInfo,
      capacity: {},
      reserve: { cpu: '1' },
      interfaces: () => ({}),
    });
    const { capacity, allocatable, conditions, arch, ...rest } = facts;
    assert.deepEqual(rest, {
      hostname: 'garage-pi',
      os: 'linux',
      kernelVersion: '6.12.1-v8',
      osImage: 'Raspberry Pi OS',
      machineId: '0123',
      systemUuid: 'ab12',
      engineVersion: '20.10.24',
      addresses: [],
    });
    assert.match(arch, /^(amd64|arm64|arm)$/);
    assert.deepEqual([capacity['cpu'], capacity['memory'], capacity['pods']], ['4', '4Gi', '110']);
    assert.equal(allocatable['cpu'], '3');
    assert.match(capacity['ephemeral-storage'] ?? '', /^\d+[KMGT]i$/);
    assert.equal(conditions.find(({ type }) => type === 'MemoryCgroup')?.status, 'False');
    assert.equal(await readBootId(root), '11111111-2222-3333-4444-555555555555');
  });

  it('still tells of the machine when Docker is away', async () => {
    const common = { root, capacity: {}, reserve: {}, interfaces: () => ({}) };
    const away = () => Promise.reject(new Error('connect ENOENT /var/run/docker.sock'));
    const facts = await readMachineFacts({ ...common, engineInfo: away });
    assert.equal(facts.engineVersion, '');
    assert.equal('ephemeral-storage' in facts.capacity, false);
    const ready = facts.conditions.find(({ type }) => type === 'EngineReady');
    assert.deepEqual([ready?.status, ready?.message], ['False', 'connect ENOENT /var/run/docker.sock']);

    const known = await readMachineFacts({ ...common, engineInfo });
    const later = await readMachineFacts({ ...common, engineInfo: away }, known);
    assert.equal(later.capacity['ephemeral-storage'], known.capacity['ephemeral-storage']);
  });

  it('agrees with the machine it runs on', async () => {
    const engineHere = async () => ({ version: 'x', rootDir: tmpdir() });
    const facts = await readMachineFacts({ engineInfo: engineHere, capacity: {}, reserve: {} });
    assert.equal(facts.hostname, hostname());
    assert.equal(facts.kernelVersion, release());
    assert.match(await readBootId(), /^[0-9a-f-]{36}$/);
    assert.equal(wholeUnits(parseQuantity(facts.capacity['memory'] ?? '') ?? 0n), totalmem());
    assert.ok(facts.addresses.every((address) => !address.startsWith('127.')));
  });
});
