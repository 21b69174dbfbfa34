import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MachineHealth, machineConditions } from '../../../../agent/host/machine-conditions.ts';

const MiB = 2 ** 20;
const HEALTHY: MachineHealth = {
  memoryAvailableBytes: 1000 * MiB,
  disk: { totalBytes: 1000, availableBytes: 500, totalInodes: 1000, freeInodes: 500 },
  engine: { version: '20.10.24' },
  memoryCgroup: true,
};

function statuses(health: Partial<MachineHealth>, before: Partial<MachineHealth> = {}): string {
  const earlier = machineConditions({ ...HEALTHY, ...before }, []);
  return machineConditions({ ...HEALTHY, ...health }, earlier)
    .map(({ type, status }) => `${type}=${status}`)
    .join(' ');
}

const disk = (availableBytes: number, freeInodes = 500) => ({
  disk: { totalBytes: 1000, availableBytes, totalInodes: 1000, freeInodes },
});

describe('machineConditions', () => {
  const cases: [what: string, health: Partial<MachineHealth>, expected: RegExp][] = [
    ['all is well', {}, /^MemoryPressure=False DiskPressure=False EngineReady=True MemoryCgroup=True$/],
    ['memory is short', { memoryAvailableBytes: 99 * MiB }, /MemoryPressure=True/],
    ['memory just suffices', { memoryAvailableBytes: 100 * MiB }, /MemoryPressure=False/],
    ['the disk is full', disk(99), /DiskPressure=True/],
    ['the disk is nearly full', disk(100), /DiskPressure=False/],
    ['inodes are used up', disk(500, 49), /DiskPressure=True/],
    [
      'the file system counts no inodes',
      { disk: { totalBytes: 1000, availableBytes: 500, totalInodes: 0, freeInodes: 0 } },
      /DiskPressure=False/,
    ],
    [
      'Docker is away',
      { engine: { failure: 'x' }, disk: undefined },
      /DiskPressure=Unknown EngineReady=False/,
    ],
    ['the kernel cannot limit memory', { memoryCgroup: false }, /MemoryCgroup=False/],
    ['the kernel does not tell', { memoryCgroup: undefined }, /MemoryCgroup=Unknown/],
  ];
  for (const [what, health, expected] of cases) {
    it(`when ${what}`, () => {
      assert.match(statuses(health), expected);
    });
  }

  it('leaves pressure only when there is clearly more than the threshold', () => {
    const short = { memoryAvailableBytes: 50 * MiB, ...disk(10) };
    const edge = { memoryAvailableBytes: 110 * MiB, ...disk(110) };
    const relief = { memoryAvailableBytes: 121 * MiB, ...disk(121) };
    assert.match(statuses(edge), /MemoryPressure=False DiskPressure=False/);
    assert.match(statuses(edge, short), /MemoryPressure=True DiskPressure=True/);
    assert.match(statuses(relief, short), /MemoryPressure=False DiskPressure=False/);
  });

  it('says what to do about a kernel without memory cgroup, and why Docker is away', () => {
    const conditions = machineConditions(
      { ...HEALTHY, memoryCgroup: false, engine: { failure: 'cannot ask Docker' } },
      [],
    );
    assert.match(conditions.map(({ message }) => message).join(), /cannot ask Docker.*cgroup_enable=memory/);
  });
});
