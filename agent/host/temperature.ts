// How hot the machine is: the hottest of its thermal zones and hardware monitors. Sensors that are not wired to anything
// show values that no running machine has; they are left out.
import { join } from 'node:path';
import { namesIn, readWhole } from './sensor-files.ts';

const MAX_ZONES = 64;
const MAX_MONITORS = 64;
const MAX_FILES = 256;
const PLAUSIBLE = { min: -40, max: 150 };

/** Whole degrees Celsius; undefined: it has no sensor. */
export async function readTemperature(root: string): Promise<number | undefined> {
  const thermal = join(root, 'sys/class/thermal');
  const zones = (await namesIn(thermal, Number.POSITIVE_INFINITY)).filter((name) =>
    /^thermal_zone\d+$/.test(name),
  );
  const files = zones.slice(0, MAX_ZONES).map((zone) => join(thermal, zone, 'temp'));
  const hwmon = join(root, 'sys/class/hwmon');
  for (const monitor of await namesIn(hwmon, MAX_MONITORS)) {
    const names = await namesIn(join(hwmon, monitor), MAX_FILES);
    files.push(
      ...names.filter((name) => /^temp\d+_input$/.test(name)).map((name) => join(hwmon, monitor, name)),
    );
  }
  let hottest: number | undefined;
  for (const file of files) {
    const milli = await readWhole(file);
    if (milli === undefined) continue;
    const degrees = Math.round(milli / 1000);
    if (degrees < PLAUSIBLE.min || degrees > PLAUSIBLE.max) continue;
    hottest = Math.max(hottest ?? degrees, degrees);
  }
  return hottest;
}
