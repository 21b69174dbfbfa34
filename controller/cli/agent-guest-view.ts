// What a machine's owner keeps for themselves, in a line for each: nothing where they keep nothing.

import type { AgentSpec } from '../model/agent.ts';
import { DEFAULT_AFTER_SECONDS, DEFAULT_RETURN_SECONDS, type YieldRules } from '../model/guest/yield.ts';

export type GuestRow = readonly [name: string, value: string | readonly string[]];

export function guestRows({
  ownerShare = {},
  quietHours = [],
  yieldWhen,
  pinnedImages = [],
}: AgentSpec): GuestRow[] {
  const share = Object.entries(ownerShare).map(([name, amount]) => `${name}=${amount}`);
  const windows = quietHours.map(
    ({ schedule, duration, timeZone }) => `${schedule} for ${duration} (${timeZone})`,
  );
  const thresholds = yieldWhen ? thresholdsOf(yieldWhen) : [];
  const rows: GuestRow[] = [
    ['Owner keeps', share.join(', ')],
    ['Quiet hours', windows],
    ['Yields when', thresholds],
    ['Pinned images', pinnedImages],
  ];
  return rows.filter(([, value]) => value.length > 0);
}

function thresholdsOf(rules: YieldRules): string[] {
  const { ownerLoadPercent, temperatureCelsius, onBattery, batteryBelowPercent } = rules;
  const { afterSeconds = DEFAULT_AFTER_SECONDS, returnAfterSeconds = DEFAULT_RETURN_SECONDS } = rules;
  const thresholds = [
    ...(ownerLoadPercent === undefined ? [] : [`the owner uses ${ownerLoadPercent} % of the CPU`]),
    ...(temperatureCelsius === undefined ? [] : [`it is at ${temperatureCelsius} °C`]),
    ...(onBattery ? ['it runs on its battery'] : []),
    ...(batteryBelowPercent === undefined ? [] : [`its battery is below ${batteryBelowPercent} %`]),
  ];
  if (thresholds.length === 0) return [];
  return [
    `${thresholds.join(', or ')}; after ${afterSeconds} s, until all is well for ${returnAfterSeconds} s`,
  ];
}
