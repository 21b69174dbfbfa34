// Quiet hours: when a machine belongs to its owner alone. A machine is quiet for as long as the clock on its owner's wall
// shows a time within a window, so that windows begin and end when the owner expects it on the days when clocks are changed,
// too: an hour that comes twice is quiet twice, one that is left out is not.
import { type Cron, parseCron } from './cron.ts';
import { type WallClock, wallClock } from './wall-clock.ts';

/** As in the Agent's spec. */
export interface QuietWindow {
  /** When it begins: five fields of cron. */
  readonly schedule: string;
  /** How long it lasts on the wall clock: `10h`, `1h30m`, `45m`; at most a week. */
  readonly duration: string;
  /** Of the IANA database, such as Europe/Berlin. */
  readonly timeZone: string;
}

export interface Quiet {
  readonly quiet: boolean;
  /** Unix milliseconds; undefined: not within the next five weeks. */
  readonly changesAtMs: number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MAX_DURATION_MS = 7 * DAY_MS;
const HORIZON_DAYS = 35;

export interface QuietHours {
  at(nowMs: number): Quiet;
  /** What of the windows cannot be understood, one sentence each; such windows are left out. */
  readonly mistakes: readonly string[];
}

export function quietHours(windows: readonly QuietWindow[]): QuietHours {
  const read = windows.map(readWindow);
  const known = read.flatMap((window) => ('mistake' in window ? [] : [window]));
  return {
    mistakes: read.flatMap((window) => ('mistake' in window ? [window.mistake] : [])),
    at(nowMs) {
      let quiet: boolean | undefined;
      for (let day = 0; day < HORIZON_DAYS; day++) {
        const fromMs = nowMs + day * DAY_MS;
        const toMs = fromMs + DAY_MS;
        const [first] = merged(known.flatMap((window) => openWithin(window, fromMs, toMs)));
        const goesOn = first?.from === fromMs;
        quiet ??= goesOn;
        const changesAtMs = quiet ? (goesOn ? first.to : fromMs) : first?.from;
        if (changesAtMs !== undefined && changesAtMs < toMs) return { quiet, changesAtMs };
      }
      return { quiet: quiet ?? false, changesAtMs: undefined };
    },
  };
}

interface Window {
  readonly cron: Cron;
  readonly durationMs: number;
  readonly clock: WallClock;
}

function readWindow({ schedule, duration, timeZone }: QuietWindow): Window | { readonly mistake: string } {
  const cron = parseCron(schedule);
  if (!cron) return { mistake: `'${schedule}' is no schedule` };
  const durationMs = parseDuration(duration);
  if (durationMs === undefined) return { mistake: `'${duration}' is no duration of up to a week` };
  const clock = wallClock(timeZone);
  return clock ? { cron, durationMs, clock } : { mistake: `'${timeZone}' is no time zone` };
}

function parseDuration(text: string): number | undefined {
  const [, hours = '0', minutes = '0'] = /^(?:(\d{1,3})h)?(?:(\d{1,3})m)?$/.exec(text) ?? [];
  const ms = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  return ms > 0 && ms <= MAX_DURATION_MS ? ms : undefined;
}

/** Of instants, or of times on a wall clock. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The instants of a day at which the window is open. Where the clock jumps, it shows another part of the wall's time after. */
function openWithin(window: Window, fromMs: number, toMs: number): Span[] {
  const { clock } = window;
  const jump = clock.jump(fromMs, toMs) ?? toMs;
  const parts = [
    { from: fromMs, to: jump },
    { from: jump, to: toMs },
  ];
  return parts.flatMap((part) => {
    if (part.from === part.to) return [];
    const offset = clock.at(part.from) - part.from;
    return spans(window, part.from + offset, part.to + offset).flatMap(({ from, to }) => {
      const open = { from: Math.max(from - offset, part.from), to: Math.min(to - offset, part.to) };
      return open.from < open.to ? [open] : [];
    });
  });
}

/** In order, those that touch made one. */
function merged(all: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of all.toSorted((a, b) => a.from - b.from)) append(found, span);
  return found;
}

/** It begins no earlier than those that are there. */
function append(found: Span[], { from, to }: Span): void {
  const last = found.at(-1);
  if (last && from <= last.to) found[found.length - 1] = { from: last.from, to: Math.max(last.to, to) };
  else found.push({ from, to });
}

/** Where the window is open on the wall clock, about these times; in order. */
function spans({ cron, durationMs }: Window, from: number, to: number): Span[] {
  const found: Span[] = [];
  for (let day = startOfDay(from - durationMs); day <= to; day += DAY_MS) {
    const date = new Date(day);
    const [dayOfMonth, month, weekday] = [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCDay()];
    if (!cron.isDay({ day: dayOfMonth, month, weekday })) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const start = day + hour * HOUR_MS + minute * MINUTE_MS;
        append(found, { from: start, to: start + durationMs });
      }
    }
  }
  return found;
}

function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
