import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { describe, it } from 'node:test';
import { openMachine } from '../../../agent/machine.ts';
import { systemClock } from '../../../common/clock.ts';

describe('the machine', () => {
  it('is all of its memory, whatever its owner offers of it to pods', async () => {
    const offer = { capacity: { memory: '512Mi' }, reserve: { memory: '128Mi' } };
    const rules = { unsafeSysctls: [], pidsLimit: undefined, devices: new Map() };
    const engineInfo = async () => ({ version: '', rootDir: '/', appArmor: false });
    const { view } = await openMachine({ ...offer, ...rules, engineInfo }, systemClock);
    const { machine, machineMemoryBytes } = view();
    assert.deepEqual([machine.memoryBytes, machineMemoryBytes], [384 * 2 ** 20, totalmem()]);
  });
});
