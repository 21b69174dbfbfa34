import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readMachineStats } from '../../../../agent/host/machine-stats.ts';
import { parseNetwork } from '../../../../agent/stats/cgroup-text.ts';

it('what a machine has used counts from its boot, its network where it leaves the machine', async (t) => {
  const procFolder = mkdtempSync(join(tmpdir(), 'longshore-proc-'));
  t.after(() => rmSync(procFolder, { recursive: true }));
  mkdirSync(join(procFolder, '1/net'), { recursive: true });
  const line = (name: string) => `${name}: 9 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n`;
  writeFileSync(
    join(procFolder, '1/net/dev'),
    ['lo', 'eth0', 'veth1', 'docker0', 'br-1', 'wlan0'].map(line).join(''),
  );
  mkdirSync(join(procFolder, 'sys/kernel'), { recursive: true });
  writeFileSync(join(procFolder, 'loadavg'), '0.1 0.2 0.3 2/345 6789\n');
  writeFileSync(join(procFolder, 'sys/kernel/pid_max'), '32768\n');
  writeFileSync(join(procFolder, 'sys/kernel/threads-max'), '99999\n');
  writeFileSync(
    join(procFolder, 'meminfo'),
    'MemTotal: 99999999999 kB\nMemFree: 9 kB\nSwapTotal: 4 kB\nSwapFree: 3 kB\nAnonPages: 2 kB\n',
  );
  const full = { totalBytes: 100, availableBytes: 40, totalInodes: 9, freeInodes: 4 };
  const { cpu, memory, network, filesystem, uptimeMs, tasks, maxTasks } = await readMachineStats({
    ...{ procFolder, network: parseNetwork },
    disk: async () => full,
  });
  assert.ok(Number(cpu?.usageUsec) > 1e6 && Number(uptimeMs) > 1000);
  assert.ok(Number(memory?.workingSetBytes) > 2 ** 20 && Number(memory?.availableBytes) > 2 ** 20);
  assert.deepEqual(
    network?.map((one) => one.interface),
    ['eth0', 'wlan0'],
  );
  assert.deepEqual(filesystem, { capacityBytes: 100, availableBytes: 40, inodes: 9, freeInodes: 4 });
  assert.deepEqual([tasks, maxTasks], [345, 32768]);
  assert.equal(memory?.usageBytes, 99_999_999_990 * 1024, 'what files occupy is used');
  const { rssBytes, swapBytes, availableSwapBytes } = memory ?? {};
  assert.deepEqual([rssBytes, swapBytes, availableSwapBytes], [2048, 1024, 3072]);
  const alone = { procFolder: '/nonexistent', network: parseNetwork, disk: async () => undefined };
  const bare = await readMachineStats(alone);
  assert.equal(bare.memory?.usageBytes, bare.memory?.workingSetBytes);
  assert.deepEqual([bare.network, bare.filesystem], [[], undefined], 'what is not known is left out');
  assert.deepEqual([bare.tasks, bare.maxTasks, bare.memory?.swapBytes], [undefined, undefined, undefined]);
  const boundless = { ...full, totalInodes: 0, freeInodes: 0 };
  const btrfs = await readMachineStats({ ...alone, disk: async () => boundless });
  assert.deepEqual(btrfs.filesystem, { capacityBytes: 100, availableBytes: 40 });
});
