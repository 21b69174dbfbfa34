// Original file: longshore/v1/session.proto

import type { Battery as _longshore_v1_Battery, Battery__Output as _longshore_v1_Battery__Output } from '../../longshore/v1/Battery.ts';

/**
 * Measured within the last half minute; what the machine cannot measure is unset.
 */
export interface OwnerReading {
  /**
   * CPU that others than the agent's pods use, in percent of the machine's: 0 to 100.
   */
  'loadPercent'?: (number);
  /**
   * Of the hottest sensor, -100 to 200 degrees Celsius.
   */
  'temperatureCelsius'?: (number);
  /**
   * Of the machine's own batteries, not of its peripherals.
   */
  'battery'?: (_longshore_v1_Battery | null);
  '_loadPercent'?: "loadPercent";
  '_temperatureCelsius'?: "temperatureCelsius";
  '_battery'?: "battery";
}

/**
 * Measured within the last half minute; what the machine cannot measure is unset.
 */
export interface OwnerReading__Output {
  /**
   * CPU that others than the agent's pods use, in percent of the machine's: 0 to 100.
   */
  'loadPercent'?: (number);
  /**
   * Of the hottest sensor, -100 to 200 degrees Celsius.
   */
  'temperatureCelsius'?: (number);
  /**
   * Of the machine's own batteries, not of its peripherals.
   */
  'battery'?: (_longshore_v1_Battery__Output | null);
  '_loadPercent'?: "loadPercent";
  '_temperatureCelsius'?: "temperatureCelsius";
  '_battery'?: "battery";
}
