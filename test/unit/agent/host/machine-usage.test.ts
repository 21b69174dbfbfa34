import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMachineUsage } from '../../../../agent/host/machine-usage.ts';

it('what a machine uses is its CPU since the last time, and the memory that is not available', () => {
  let times = [
    { user: 100, sys: 0, idle: 300 },
    { user: 0, sys: 0, idle: 400 },
  ];
  const usage = createMachineUsage({
    cpus: () => times.map((one) => ({ times: one })),
    memoryBytes: () => 5,
  });
  assert.deepEqual(usage(), { cpuMilli: 250, memoryBytes: 5 }, 'since boot');
  times = [
    { user: 190, sys: 10, idle: 300 },
    { user: 0, sys: 0, idle: 500 },
  ];
  assert.deepEqual(usage(), { cpuMilli: 1000, memoryBytes: 5 });
  assert.equal(usage().cpuMilli, 0, 'no time has passed');
});

it('this machine can say what it uses', () => {
  const { cpuMilli, memoryBytes } = createMachineUsage()();
  assert.ok(cpuMilli > 0 && memoryBytes > 2 ** 20, `${cpuMilli} ${memoryBytes}`);
});
