// When a machine is left to its owner because of how it is: the owner works on it, it is hot, or it runs on its battery.
// What crosses a threshold must do so for a while before pods are sent away, and must be well below it for longer before
// they come back, so that a machine at the edge does not flap. What is not measured, or not any more, crosses nothing.

/** As in the Agent's spec. */
export interface YieldRules {
  /** CPU that others than our pods use, in percent of the machine's. */
  readonly ownerLoadPercent?: number;
  readonly temperatureCelsius?: number;
  readonly onBattery?: boolean;
  readonly batteryBelowPercent?: number;
  /** For how long a threshold must be crossed. */
  readonly afterSeconds?: number;
  /** For how long all must be well again. */
  readonly returnAfterSeconds?: number;
}

/** What the machine measures; what it cannot is left out. */
export interface OwnerReading {
  readonly loadPercent?: number;
  /** Of the hottest sensor. */
  readonly temperatureCelsius?: number;
  readonly battery?: { readonly discharging: boolean; readonly percent: number };
}

export type YieldState =
  | { readonly kind: 'guest'; readonly crossedSinceMs?: number }
  | {
      readonly kind: 'yielding';
      readonly reason: string;
      readonly message: string;
      readonly calmSinceMs?: number;
    };

export const DEFAULT_AFTER_SECONDS = 60;
export const DEFAULT_RETURN_SECONDS = 300;

const LOAD_RELIEF = 0.8;
const TEMPERATURE_RELIEF = 5;
const BATTERY_RELIEF = 5;

export interface YieldInput {
  readonly rules: YieldRules;
  /** Undefined: nothing was heard lately, so that nothing is known to last. */
  readonly reading: OwnerReading | undefined;
  /** Monotonic. */
  readonly nowMs: number;
}

export function nextYield(state: YieldState, { rules, reading, nowMs }: YieldInput): YieldState {
  const { afterSeconds = DEFAULT_AFTER_SECONDS, returnAfterSeconds = DEFAULT_RETURN_SECONDS } = rules;
  if (!hasThreshold(rules)) return GUEST;
  if (state.kind === 'guest') {
    const crossed = reading && crossing(rules, reading);
    if (!crossed) return GUEST;
    const crossedSinceMs = state.crossedSinceMs ?? nowMs;
    if (nowMs - crossedSinceMs < afterSeconds * 1000) return { kind: 'guest', crossedSinceMs };
    return { kind: 'yielding', ...crossed };
  }
  const { reason, message } = state;
  if (!reading || !isCalm(rules, reading)) return { kind: 'yielding', reason, message };
  const calmSinceMs = state.calmSinceMs ?? nowMs;
  return nowMs - calmSinceMs < returnAfterSeconds * 1000 ? { ...state, calmSinceMs } : GUEST;
}

/** Thresholds that this machine has no sensor for, in words. */
export function unmeasured(rules: YieldRules, reading: OwnerReading): readonly string[] {
  return [
    ...(rules.ownerLoadPercent !== undefined && reading.loadPercent === undefined
      ? ["the owner's load"]
      : []),
    ...(rules.temperatureCelsius !== undefined && reading.temperatureCelsius === undefined
      ? ['temperature']
      : []),
    ...((rules.onBattery || rules.batteryBelowPercent !== undefined) && !reading.battery ? ['battery'] : []),
  ];
}

const GUEST: YieldState = { kind: 'guest' };

function hasThreshold(rules: YieldRules): boolean {
  const { ownerLoadPercent, temperatureCelsius, onBattery, batteryBelowPercent } = rules;
  return (
    [ownerLoadPercent, temperatureCelsius, batteryBelowPercent].some((one) => one !== undefined) ||
    onBattery === true
  );
}

/** The first of those that are crossed. */
function crossing(
  rules: YieldRules,
  { loadPercent, temperatureCelsius, battery }: OwnerReading,
): { readonly reason: string; readonly message: string } | undefined {
  const { ownerLoadPercent: load, temperatureCelsius: hot, batteryBelowPercent: low } = rules;
  if (load !== undefined && loadPercent !== undefined && loadPercent >= load) {
    return {
      reason: 'OwnerLoad',
      message: `the owner uses ${loadPercent} % of the CPU, from ${load} % on it is theirs`,
    };
  }
  if (hot !== undefined && temperatureCelsius !== undefined && temperatureCelsius >= hot) {
    return {
      reason: 'Temperature',
      message: `the machine is at ${temperatureCelsius} °C, its limit is ${hot} °C`,
    };
  }
  if (!battery?.discharging) return undefined;
  if (rules.onBattery)
    return { reason: 'OnBattery', message: `the machine runs on its battery (${battery.percent} %)` };
  if (low === undefined || battery.percent >= low) return undefined;
  return { reason: 'BatteryLow', message: `the battery is at ${battery.percent} %, below ${low} %` };
}

/** Well within every threshold. */
function isCalm(rules: YieldRules, { loadPercent, temperatureCelsius, battery }: OwnerReading): boolean {
  const { ownerLoadPercent: load, temperatureCelsius: hot, batteryBelowPercent: low } = rules;
  if (load !== undefined && loadPercent !== undefined && loadPercent >= load * LOAD_RELIEF) return false;
  if (hot !== undefined && temperatureCelsius !== undefined && temperatureCelsius > hot - TEMPERATURE_RELIEF)
    return false;
  if (!battery) return true;
  if (rules.onBattery && battery.discharging) return false;
  // On mains a low battery fills up: only one that is drained further counts.
  return low === undefined || !battery.discharging || battery.percent >= low + BATTERY_RELIEF;
}
