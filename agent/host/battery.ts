// The machine's own batteries, as one. Those of its mouse and the like are not; while any mains is plugged in, nothing is
// discharged on its owner's account, whatever a battery says.
import { join } from 'node:path';
import { namesIn, readWhole, readWord } from './sensor-files.ts';

export interface Battery {
  readonly discharging: boolean;
  /** 0 to 100 */
  readonly percent: number;
}

const MAX_SUPPLIES = 32;
const MAINS = ['Mains', 'USB', 'Wireless'];

/** Undefined: it has none. */
export async function readBattery(root: string): Promise<Battery | undefined> {
  const folder = join(root, 'sys/class/power_supply');
  const percents: number[] = [];
  let [isDischarging, hasMains] = [false, false];
  for (const name of await namesIn(folder, MAX_SUPPLIES)) {
    const supply = join(folder, name);
    const type = await readWord(supply, 'type');
    if ((await readWord(supply, 'scope')) === 'Device') continue;
    if (type !== undefined && MAINS.includes(type)) hasMains ||= (await readWhole(supply, 'online')) === 1;
    if (type !== 'Battery' || (await readWhole(supply, 'present')) === 0) continue;
    const percent = await readWhole(supply, 'capacity');
    if (percent === undefined) continue;
    percents.push(Math.min(100, Math.max(0, percent)));
    isDischarging ||= (await readWord(supply, 'status')) === 'Discharging';
  }
  if (percents.length === 0) return undefined;
  const percent = Math.round(percents.reduce((sum, one) => sum + one, 0) / percents.length);
  return { discharging: isDischarging && !hasMains, percent };
}
