import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { measureServices } from '../../../../agent/stats/service-meter.ts';

const OWN = { cpuUsec: 7, memoryBytes: 70 };

function measure(t: TestContext, groups: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const cgroup = mkdtempSync(join(tmpdir(), 'longshore-cgroups-'));
  t.after(() => rmSync(cgroup, { recursive: true }));
  for (const [group, files] of Object.entries(groups)) {
    mkdirSync(join(cgroup, group), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cgroup, group, name), text);
  }
  return measureServices({ roots: { cgroup }, own: () => OWN });
}

describe('the programs that pods need', () => {
  it('are this agent alone where the engine has no group of its own', (t) => {
    assert.deepEqual(measure(t, {}), [
      {
        ...{ name: 'agent', cpu: { usageUsec: 7 } },
        memory: { usageBytes: 70, workingSetBytes: 70, rssBytes: 70 },
      },
    ]);
  });

  it('are the engine too, all of its services, of cgroup version 2', (t) => {
    const files = (cpu: number) => ({
      'cpu.stat': `usage_usec ${cpu}\n`,
      'memory.current': '100\n',
      'memory.stat': 'inactive_file 40\n',
    });
    const [, engine] = measure(t, {
      'system.slice/docker.service': files(5),
      'system.slice/containerd.service': files(3),
    });
    assert.deepEqual(engine, {
      ...{ name: 'engine', cpu: { usageUsec: 8 } },
      memory: { usageBytes: 200, workingSetBytes: 120 },
    });
  });

  it('are counted of version 1 too', (t) => {
    const [, engine] = measure(t, {
      'cpu,cpuacct/system.slice/docker.service': { 'cpuacct.usage': '5000\n' },
      'memory/system.slice/docker.service': {
        'memory.usage_in_bytes': '100\n',
        'memory.stat': 'total_inactive_file 40\n',
      },
    });
    assert.deepEqual(engine?.cpu, { usageUsec: 5 });
    assert.deepEqual(engine?.memory, { usageBytes: 100, workingSetBytes: 60 });
  });
});
