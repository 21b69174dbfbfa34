import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  countCpus,
  defaultRouteInterface,
  hasMemoryCgroup,
  kubernetesArchitecture,
  parseMeminfo,
  parseOsRelease,
} from '../../../../agent/host/system-files.ts';

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;

describe('files of the system', () => {
  for (const [text, name] of [
    ['NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n', 'Debian GNU/Linux 12 (bookworm)'],
    ["PRETTY_NAME='Alpine Linux v3.22'", 'Alpine Linux v3.22'],
    ['PRETTY_NAME=Void', 'Void'],
    ['PRETTY_NAME="A \\"B\\""', 'A "B"'],
    ['PRETTY_NAME=""', undefined],
    ['NAME=x', undefined],
  ]) {
    it(`name the system: ${JSON.stringify(text)}`, () => {
      assert.equal(parseOsRelease(text ?? ''), name);
    });
  }

  it('tell the memory, with all of it available where the kernel does not say', () => {
    assert.deepEqual(parseMeminfo('MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n'), {
      totalBytes: 1_024_000,
      availableBytes: 409_600,
      freeBytes: 1024,
    });
    const swapping = 'MemTotal: 9 kB\nMemAvailable: 1 kB\nSwapTotal: 4 kB\nSwapFree: 3 kB\nAnonPages: 2 kB\n';
    assert.deepEqual(parseMeminfo(swapping), {
      ...{ totalBytes: 9216, availableBytes: 1024, anonymousBytes: 2048 },
      swap: { totalBytes: 4096, freeBytes: 3072 },
    });
    assert.deepEqual(parseMeminfo('MemTotal: 1 kB'), { totalBytes: 1024, availableBytes: 1024 });
    assert.equal(parseMeminfo(''), undefined);
  });

  for (const [list, count] of [
    ['0', 1],
    ['0-3\n', 4],
    ['0-3,8,10-11', 7],
    ['', undefined],
    ['all', undefined],
  ] as const) {
    it(`count processors: ${JSON.stringify(list)}`, () => {
      assert.equal(countCpus(list), count);
    });
  }

  it('name the interface of the cheapest default route', () => {
    assert.equal(defaultRouteInterface(ROUTES), 'eth0');
    assert.equal(defaultRouteInterface(ROUTES.split('\n').slice(0, 1).join()), undefined);
    assert.equal(defaultRouteInterface(''), undefined);
  });

  const V1 = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t2\t1\nmemory\t4\t22\t';
  const cgroups: [files: Parameters<typeof hasMemoryCgroup>[0], enabled: boolean | undefined][] = [
    [{ controllers: 'cpuset cpu io memory pids\n', subsystems: `${V1}0` }, true],
    [{ controllers: 'cpuset cpu io pids\n', subsystems: `${V1}1` }, false],
    [{ controllers: undefined, subsystems: `${V1}1\n` }, true],
    [{ controllers: undefined, subsystems: `${V1}0\n` }, false],
    [{ controllers: undefined, subsystems: undefined }, undefined],
  ];
  for (const [files, enabled] of cgroups) {
    it(`tell of the memory cgroup: ${JSON.stringify(files).slice(0, 60)} ${enabled}`, () => {
      assert.equal(hasMemoryCgroup(files), enabled);
    });
  }

  it('name architectures as Kubernetes does', () => {
    assert.deepEqual(['x64', 'arm64', 'arm', 'ia32'].map(kubernetesArchitecture), [
      'amd64',
      'arm64',
      'arm',
      '386',
    ]);
  });
});
