import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readBattery } from '../../../../agent/host/battery.ts';
import { createOwnerLoad } from '../../../../agent/host/owner-load.ts';
import { createOwnerReading } from '../../../../agent/host/owner-reading.ts';
import { readTemperature } from '../../../../agent/host/temperature.ts';
import { eventually } from '../../../kit/eventually.ts';
import { makeMachineFolder } from '../../../kit/machine-folder.ts';
import { ManualClock } from '../../../kit/manual-clock.ts';

const thermal = (zone: number, milli: string) => ({ [`sys/class/thermal/thermal_zone${zone}/temp`]: milli });

describe('the temperature of a machine', () => {
  const cases: [what: string, files: Record<string, string>, degrees: number | undefined][] = [
    ['without sensors is not known', {}, undefined],
    ['is that of its hottest zone', { ...thermal(0, '41500'), ...thermal(1, '62700') }, 63],
    [
      'or of a hardware monitor',
      { ...thermal(0, '16800'), 'sys/class/hwmon/hwmon0/temp1_input': '71125' },
      71,
    ],
    [
      'leaves out what cannot be',
      { ...thermal(0, '-128000'), ...thermal(1, '255000'), ...thermal(2, 'x') },
      undefined,
    ],
    ['is below zero in a cold shed', thermal(0, '-4600'), -5],
    [
      'is no other figure of those folders',
      { 'sys/class/hwmon/hwmon0/fan1_input': '9000', 'sys/class/thermal/cooling_device0/cur_state': '9' },
      undefined,
    ],
  ];
  for (const [what, files, degrees] of cases) {
    it(what, async () => {
      await using machine = await makeMachineFolder(files);
      assert.equal(await readTemperature(machine.root), degrees);
    });
  }
});

describe('the battery of a machine', () => {
  const supply = (name: string, fields: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [`sys/class/power_supply/${name}/${field}`, value]),
    );
  const BAT0 = { type: 'Battery', present: '1', capacity: '80', status: 'Discharging' };
  const cases: [what: string, files: Record<string, string>, battery: object | undefined][] = [
    ['is not there without one', supply('AC', { type: 'Mains', online: '1' }), undefined],
    ['is discharged', supply('BAT0', BAT0), { discharging: true, percent: 80 }],
    ['is charged', supply('BAT0', { ...BAT0, status: 'Charging' }), { discharging: false, percent: 80 }],
    [
      'is not discharged while mains is plugged in',
      { ...supply('BAT0', BAT0), ...supply('AC', { type: 'Mains', online: '1' }) },
      { discharging: false, percent: 80 },
    ],
    [
      'is when it is not',
      { ...supply('BAT0', BAT0), ...supply('AC', { type: 'Mains', online: '0' }) },
      { discharging: true, percent: 80 },
    ],
    [
      'is two as one',
      { ...supply('BAT0', BAT0), ...supply('BAT1', { ...BAT0, capacity: '41', status: 'Unknown' }) },
      { discharging: true, percent: 61 },
    ],
    ['is not that of a mouse', supply('hid', { ...BAT0, scope: 'Device' }), undefined],
    ['is not one that was taken out', supply('BAT0', { ...BAT0, present: '0' }), undefined],
    [
      'holds no more than it can',
      supply('BAT0', { ...BAT0, capacity: '104' }),
      { discharging: true, percent: 100 },
    ],
  ];
  for (const [what, files, battery] of cases) {
    it(what, async () => {
      await using machine = await makeMachineFolder(files);
      assert.deepEqual(await readBattery(machine.root), battery);
    });
  }
});

/** Seconds that two processors were busy and idle since boot. */
const stat = (busy: number, idle: number) => ({
  'proc/stat': `cpu  ${busy * 100} 0 0 ${idle * 100} 0 0 0 0 0 0`,
});

describe("the owner's load", () => {
  it('is all that is used but what is ours', async () => {
    await using machine = await makeMachineFolder(stat(100, 100));
    let oursNs: number | undefined = 0;
    const load = createOwnerLoad({ root: machine.root, oursNs: async () => oursNs });
    assert.equal(await load(), undefined, 'the first look is of no time');
    await machine.write(stat(112, 108));
    oursNs = 7e9;
    assert.equal(await load(), 25, '12 of 20 s were used, 7 of them by us');
    await machine.write(stat(132, 108));
    oursNs = undefined;
    assert.equal(await load(), undefined, 'a pod cannot be told from the owner');
    await machine.write(stat(142, 118));
    oursNs = 0;
    assert.equal(await load(), 50);
    oursNs = 99e9;
    await machine.write(stat(152, 118));
    assert.equal(await load(), 0, 'never less than nothing');
  });
});

describe('what matters to the owner', () => {
  it('is as of lately, and keeps nobody waiting', async () => {
    await using machine = await makeMachineFolder(thermal(0, '50000'));
    const clock = new ManualClock();
    let answer = Promise.resolve<number | undefined>(7);
    const tell = createOwnerReading({ root: machine.root, load: () => answer, clock });
    assert.equal(tell(), undefined);
    assert.deepEqual(await eventually(tell), { loadPercent: 7, temperatureCelsius: 50 });
    answer = new Promise(() => {});
    assert.ok(tell());
    await clock.advance(30_000);
    assert.equal(tell(), undefined, 'a sensor hangs');
  });
});
