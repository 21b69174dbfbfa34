// Ages as Kubernetes prints them: two or three significant figures, `<invalid>` for what lies in the future.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_HOURS = 24;
const YEAR_HOURS = 365 * DAY_HOURS;

export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  // Clocks differ a little between machines: up to two seconds ahead count as now.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  const minutes = Math.trunc(seconds / MINUTE);
  if (minutes < 10) return pair([minutes, 'm'], [seconds % MINUTE, 's']);
  if (minutes < 3 * 60) return `${minutes}m`;
  const hours = Math.trunc(seconds / HOUR);
  if (hours < 8) return pair([hours, 'h'], [minutes % 60, 'm']);
  if (hours < 2 * DAY_HOURS) return `${hours}h`;
  const days = Math.trunc(hours / DAY_HOURS);
  if (days < 8) return pair([days, 'd'], [hours % DAY_HOURS, 'h']);
  if (hours < 2 * YEAR_HOURS) return `${days}d`;
  const years = Math.trunc(hours / YEAR_HOURS);
  return hours < 8 * YEAR_HOURS ? pair([years, 'y'], [days % 365, 'd']) : `${years}y`;
}

/** How long ago an RFC 3339 time was. */
export function sinceTimestamp(timestamp: unknown, now: number): string {
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(at) ? '<unknown>' : humanDuration(now - at);
}

type Part = readonly [number, string];

function pair([large, largeUnit]: Part, [small, smallUnit]: Part): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
