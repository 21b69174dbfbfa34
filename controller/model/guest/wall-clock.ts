// What the clock on the wall shows in a time zone. Its time is written as the milliseconds that it would be in UTC, so that
// it can be reckoned with; it jumps where the zone changes its offset.

export interface WallClock {
  /** What it shows at an instant. */
  at(ms: number): number;
  /** When it jumps, between two instants at most a day apart; undefined: it does not. */
  jump(fromMs: number, toMs: number): number | undefined;
}

/** Undefined when there is no such time zone. */
export function wallClock(timeZone: string): WallClock | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  const offset = (ms: number) => offsetOf(format.formatToParts(ms));
  return {
    at: (ms) => ms + offset(ms),
    jump(fromMs, toMs) {
      const [before, after] = [offset(fromMs), offset(toMs)];
      if (before === after) return undefined;
      let [low, high] = [fromMs, toMs];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offset(middle) === before) low = middle;
        else high = middle;
      }
      return high;
    },
  };
}

/** `GMT`, `GMT+01:00`, `GMT-00:44:30`. */
function offsetOf(parts: readonly Intl.DateTimeFormatPart[]): number {
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name) ?? [];
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}
