// A machine's /proc and cgroup trees as files of the test's own.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createContainerMeter } from '../../../../agent/stats/container-meter.ts';
import type { EngineStats, Reading } from '../../../../agent/stats/reading.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function aMachine(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'longshore-cgroups-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const roots = { cgroup: join(root, 'cgroup'), proc: join(root, 'proc'), disks: join(root, 'disks') };
  return { ...roots, root };
}

const READING: Reading = { cpuUsec: 5, memory: { usageBytes: 50, workingSetBytes: 40 } };
const network = (rxBytes: number) => [{ interface: 'eth0', rxBytes, txBytes: 1 }];

/** Docker, which counts what it is asked. */
function anEngine(networkOf?: string): EngineStats & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async locate(id) {
      asked.push(`locate ${id}`);
      return id === 'gone' ? undefined : { pid: 42, networkOf };
    },
    async read(id) {
      asked.push(`read ${id}`);
      return { reading: READING, network: id === 'sandbox' ? network(7) : [] };
    },
  };
}

const NET = 'eth0: 9 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n';
const { signal } = new AbortController();
const measured = { network: true };

describe('a container is measured', () => {
  it('by the files of cgroup version 2, located once', async () => {
    const roots = aMachine({
      // Its init has made groups of its own.
      'proc/42/cgroup': '0::/system.slice/docker-c1.scope/init.scope\n',
      'cgroup/system.slice/docker-c1.scope/init.scope/cpu.stat': 'usage_usec 1\n',
      'proc/42/net/dev': NET,
      'cgroup/system.slice/docker-c1.scope/cpu.stat': 'usage_usec 10\n',
      'cgroup/system.slice/docker-c1.scope/memory.current': '100\n',
      'cgroup/system.slice/docker-c1.scope/memory.stat': 'inactive_file 30\n',
      'cgroup/system.slice/docker-c1.scope/memory.max': '200\n',
      'cgroup/system.slice/docker-c1.scope/memory.events': 'oom_kill 1\n',
      'cgroup/system.slice/docker-c1.scope/io.stat':
        '8:0 rbytes=11 wbytes=12 rios=1 wios=2 dbytes=0 dios=0\n9:9 rbytes=5 wbytes=0 rios=1 wios=0\n',
      'cgroup/system.slice/docker-c1.scope/memory.swap.current': '4\n',
      'cgroup/system.slice/docker-c1.scope/memory.swap.max': 'max\n',
      'cgroup/system.slice/docker-c1.scope/pids.current': '3\n',
      'disks/8:0/uevent': 'MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n',
    });
    const engine = anEngine();
    const meter = createContainerMeter(engine, roots);
    const first = await meter.measure('c1', measured, signal);
    assert.deepEqual(first?.reading, {
      ...{
        cpuUsec: 10,
        memory: { usageBytes: 100, workingSetBytes: 70, availableBytes: 130, swapBytes: 4 },
        oomKills: 1,
        tasks: 3,
      },
      diskIo: [
        { major: 8, minor: 0, device: 'sda', readBytes: 11, writeBytes: 12, reads: 1, writes: 2 },
        { major: 9, minor: 9, device: undefined, readBytes: 5, writeBytes: 0, reads: 1, writes: 0 },
      ],
    });
    assert.equal(first?.network[0]?.rxBytes, 9);
    assert.deepEqual((await meter.measure('c1', { network: false }, signal))?.network, []);
    assert.deepEqual(engine.asked, ['locate c1']);
    rmSync(join(roots.root, 'cgroup'), { recursive: true });
    assert.equal(await meter.measure('c1', measured, signal), undefined, 'it has ended');
    meter.retain(new Set());
    await meter.measure('c1', measured, signal);
    assert.equal(engine.asked[1], 'locate c1', 'another of the same id is looked for anew');
  });

  it('by its files as the engine names them, where its process names them from a place that is not ours', async () => {
    for (const group of ['docker/c1', 'system.slice/docker-c1.scope', 'machine.slice/libpod-c1.scope']) {
      const roots = aMachine({
        'proc/42/cgroup': '0::/../docker-c1.scope\n',
        [`cgroup/${group}/cpu.stat`]: 'usage_usec 10\n',
        [`cgroup/${group}/memory.current`]: '100\n',
        [`cgroup/${group}/memory.stat`]: 'inactive_file 30\n',
      });
      const engine = anEngine();
      const found = await createContainerMeter(engine, roots).measure('c1', { network: false }, signal);
      assert.deepEqual([found?.reading.cpuUsec, engine.asked], [10, ['locate c1']]);
    }
  });

  it('by those of version 1, wherever its controllers are mounted', async () => {
    for (const mount of ['cpu,cpuacct', 'cpuacct']) {
      const roots = aMachine({
        'proc/42/cgroup':
          '5:blkio:/docker/c1\n4:cpu,cpuacct:/docker/c1\n3:memory:/docker/c1\n0::/docker/c1\n',
        [`cgroup/${mount}/docker/c1/cpuacct.usage`]: '10000\n',
        'cgroup/memory/docker/c1/memory.usage_in_bytes': '100\n',
        'cgroup/memory/docker/c1/memory.stat': 'total_inactive_file 30\n',
        'cgroup/memory/docker/c1/memory.limit_in_bytes': '90\n',
        'cgroup/memory/docker/c1/cgroup.procs': '42\n43\n',
        'cgroup/blkio/docker/c1/blkio.throttle.io_service_bytes_recursive': '8:0 Read 11\nTotal 11\n',
        'cgroup/blkio/docker/c1/blkio.throttle.io_serviced_recursive': '8:0 Read 1\nTotal 1\n',
      });
      const found = await createContainerMeter(anEngine(), roots).measure('c1', measured, signal);
      const device = { major: 8, minor: 0, device: undefined };
      assert.deepEqual(found?.reading, {
        ...{
          cpuUsec: 10,
          memory: { usageBytes: 100, workingSetBytes: 70, availableBytes: 20 },
          processes: 2,
        },
        diskIo: [{ ...device, readBytes: 11, writeBytes: 0, reads: 1, writes: 0 }],
      });
    }
  });

  it('by the engine where the files are not this container’s, its network at its sandbox', async () => {
    const roots = aMachine({ 'proc/42/cgroup': '0::/user.slice/somebody-else\n' });
    const engine = anEngine('sandbox');
    const found = await createContainerMeter(engine, roots).measure('c1', measured, signal);
    assert.deepEqual(found, { reading: READING, network: network(7) });
    assert.deepEqual(engine.asked, ['locate c1', 'read c1', 'read sandbox']);
  });

  it('not at all when it does not run', async () => {
    const meter = createContainerMeter(anEngine(), aMachine({}));
    assert.equal(await meter.measure('gone', measured, signal), undefined);
  });

  it('by the engine a few at a time, however many there are', async () => {
    let [now, most] = [0, 0];
    const engine: EngineStats = {
      locate: async () => ({ pid: 1, networkOf: undefined }),
      async read() {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        now--;
        return { reading: READING, network: [] };
      },
    };
    const meter = createContainerMeter(engine, aMachine({}));
    const ids = Array.from({ length: 50 }, (_, index) => `c${index}`);
    const found = await Promise.all(ids.map((id) => meter.measure(id, measured, signal)));
    assert.ok(found.every((one) => one?.reading === READING));
    assert.ok(most <= 4, `${most} at once`);
  });
});
