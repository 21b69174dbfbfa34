// What matters to the machine's owner, read while nobody waits for it: asking gives what was read since it was asked last,
// and begins to read anew, so that a sensor that hangs keeps no heartbeat back.
import type { Clock } from '../../common/clock.ts';
import { type Battery, readBattery } from './battery.ts';
import { readTemperature } from './temperature.ts';

export interface OwnerReading {
  readonly loadPercent?: number;
  readonly temperatureCelsius?: number;
  readonly battery?: Battery;
}

export interface OwnerReadingOptions {
  /** Where the machine's file tree begins. */
  readonly root: string;
  readonly load: () => Promise<number | undefined>;
  readonly clock: Clock;
}

/** What was read longer ago says nothing. */
const FRESH_MS = 30_000;

/** Undefined: nothing was read lately. */
export function createOwnerReading({
  root,
  load,
  clock,
}: OwnerReadingOptions): () => OwnerReading | undefined {
  let last: { readonly reading: OwnerReading; readonly atMs: number } | undefined;
  let isReading = false;

  const read = async (): Promise<void> => {
    isReading = true;
    try {
      const loadPercent = await load();
      const temperatureCelsius = await readTemperature(root);
      const battery = await readBattery(root);
      const reading = {
        ...(loadPercent !== undefined && { loadPercent }),
        ...(temperatureCelsius !== undefined && { temperatureCelsius }),
        ...(battery && { battery }),
      };
      last = { reading, atMs: clock.monotonicMs() };
    } finally {
      isReading = false;
    }
  };

  return () => {
    if (!isReading) void read();
    return last && clock.monotonicMs() - last.atMs < FRESH_MS ? last.reading : undefined;
  };
}
