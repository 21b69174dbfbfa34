import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMembership, parseNetwork, readingV1, readingV2 } from '../../../../agent/stats/cgroup-text.ts';

describe('what the kernel says of a cgroup', () => {
  it('is read alike from both versions', () => {
    const expected = {
      cpuUsec: 1234567,
      memory: {
        usageBytes: 5000000,
        workingSetBytes: 3000000,
        availableBytes: 5000000,
        rssBytes: 1000000,
        cacheBytes: 2500000,
        pageFaults: 77,
        majorPageFaults: 3,
        mappedFileBytes: 9000,
        swapBytes: 4096,
        swapLimitBytes: 1000,
      },
      ...{ userUsec: 1_000_000, systemUsec: 230_000 },
      cfs: { periods: 10, throttledPeriods: 4, throttledUsec: 5000 },
      diskIo: [{ major: 8, minor: 0, readBytes: 11, writeBytes: 12, reads: 1, writes: 2 }],
      ...{ oomKills: 2, processes: 2, tasks: 7 },
    };
    const shared = { processes: '1\n17\n', tasks: '7\n', memoryLimit: '8000000\n' };
    const stat =
      'anon 1000000\nfile 2500000\nfile_mapped 9000\nkernel 4096\ninactive_file 2000000\npgfault 77\npgmajfault 3\n';
    const v2 = readingV2({
      ...shared,
      cpu:
        'usage_usec 1234567\nuser_usec 1000000\nsystem_usec 230000\nnr_periods 10\nnr_throttled 4\n' +
        'throttled_usec 5000\n',
      swapUsage: '4096\n',
      swapLimit: '1000\n',
      io: '8:0 rbytes=11 wbytes=12 rios=1 wios=2 dbytes=0 dios=0\n',
      memoryUsage: '5000000\n',
      memoryStat: stat,
      memoryEvents: 'low 0\nhigh 0\nmax 5\noom 2\noom_kill 2\n',
    });
    assert.deepEqual(v2, expected);
    const v1 = readingV1({
      ...shared,
      cpu: '1234567890\n',
      cpuShares: 'user 100\nsystem 23\n',
      cfs: 'nr_periods 10\nnr_throttled 4\nthrottled_time 5000000\nnr_bursts 0\nburst_time 0\n',
      ioBytes: '8:0 Read 11\n8:0 Write 12\n8:0 Sync 23\n8:0 Total 23\nTotal 23\n',
      ioOperations: '8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n',
      memoryUsage: '5000000\n',
      memoryStat:
        'cache 1\nrss 1\ninactive_file 1\ntotal_cache 2500000\ntotal_rss 1000000\ntotal_inactive_file 2000000\n' +
        'total_pgfault 77\ntotal_pgmajfault 3\ntotal_mapped_file 9000\ntotal_swap 4096\n' +
        'hierarchical_memory_limit 5000\nhierarchical_memsw_limit 6000\n',
      memoryEvents: 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    });
    assert.deepEqual(v1, expected);
  });

  it('is no limit where there is none, and no throttling where nothing is limited', () => {
    const texts = { memoryUsage: '10\n', memoryStat: '' };
    for (const [kernel, none] of [
      ['64 bits', '9223372036854771712'],
      ['32 bits', '8796093018112'],
    ] as const) {
      const v1 = readingV1({
        ...texts,
        cpu: '1000\n',
        memoryStat: `hierarchical_memory_limit ${none}\nhierarchical_memsw_limit ${none}\n`,
        memoryLimit: `${none}\n`,
        cfs: 'nr_periods 0\nnr_throttled 0\n',
      });
      assert.deepEqual(v1, { cpuUsec: 1, memory: { usageBytes: 10, workingSetBytes: 10 } }, kernel);
    }
    const v2 = readingV2({
      ...texts,
      cpu: 'usage_usec 1\nnr_periods 0\n',
      memoryLimit: 'max\n',
      swapLimit: 'max\n',
      swapUsage: '0\n',
    });
    assert.deepEqual(v2, { cpuUsec: 1, memory: { usageBytes: 10, workingSetBytes: 10, swapBytes: 0 } });
  });

  it('is nothing when a file is not as it should be, and never negative', () => {
    const texts = { cpu: 'usage_usec 1\n', memoryUsage: '10\n', memoryStat: '', memoryEvents: undefined };
    assert.equal(readingV2({ ...texts, cpu: '' }), undefined);
    assert.equal(readingV2({ ...texts, memoryUsage: 'max\n' }), undefined);
    assert.equal(readingV1(texts), undefined);
    assert.deepEqual(readingV2({ ...texts, memoryStat: 'inactive_file 4000\n' })?.memory, {
      usageBytes: 10,
      workingSetBytes: 0,
    });
    assert.equal(readingV2({ ...texts, memoryLimit: '9\n' })?.memory.availableBytes, 0);
  });

  it('says which cgroup a process is in, by controller', () => {
    const text =
      '12:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n1:name=systemd:/x:y\n0::/system.slice/a.scope\n';
    assert.deepEqual(Object.fromEntries(parseMembership(text)), {
      'cpu,cpuacct': '/docker/abc',
      memory: '/docker/abc',
      'name=systemd': '/x:y',
      '': '/system.slice/a.scope',
    });
  });
});

it('the network of a namespace is every interface but the loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
  eth0:    1296      16    1    2    0     0          0         0      656       7    3    4    0     0       0          0
 broken: 1 2 3
`;
  assert.deepEqual(parseNetwork(text), [
    {
      interface: 'eth0',
      ...{ rxBytes: 1296, rxPackets: 16, rxErrors: 1, rxDropped: 2 },
      ...{ txBytes: 656, txPackets: 7, txErrors: 3, txDropped: 4 },
    },
  ]);
  assert.deepEqual(parseNetwork(''), []);
});
