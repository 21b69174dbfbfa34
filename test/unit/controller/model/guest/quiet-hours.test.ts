import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type QuietWindow, quietHours } from '../../../../../controller/model/guest/quiet-hours.ts';

const BERLIN = 'Europe/Berlin';
const MINUTE = 60_000;
const at = (text: string) => Date.parse(text);
const shown = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

function window(schedule: string, duration: string, timeZone = BERLIN): QuietWindow {
  return { schedule, duration, timeZone };
}

describe('quiet hours', () => {
  const WORKDAYS = window('0 8 * * MON-FRI', '10h');
  const NIGHT = window('0 22 * * *', '8h');
  const GAP = window('30 2 * * *', '15m');
  const cases: {
    what: string;
    windows: QuietWindow[];
    now: string;
    quiet: boolean;
    until: string | undefined;
  }[] = [
    {
      what: 'without windows there are none',
      windows: [],
      now: '2026-03-02T09:00:00Z',
      quiet: false,
      until: undefined,
    },
    {
      what: 'within a window, until its end',
      windows: [WORKDAYS],
      now: '2026-03-02T09:00:00Z',
      quiet: true,
      until: '2026-03-02T17:00:00.000Z',
    },
    {
      what: 'at its first moment',
      windows: [WORKDAYS],
      now: '2026-03-02T07:00:00Z',
      quiet: true,
      until: '2026-03-02T17:00:00.000Z',
    },
    {
      what: 'at the moment of its end no more',
      windows: [WORKDAYS],
      now: '2026-03-02T17:00:00Z',
      quiet: false,
      until: '2026-03-03T07:00:00.000Z',
    },
    {
      what: 'over a weekend',
      windows: [WORKDAYS],
      now: '2026-03-06T17:30:00Z',
      quiet: false,
      until: '2026-03-09T07:00:00.000Z',
    },
    {
      what: 'past midnight',
      windows: [NIGHT],
      now: '2026-03-02T02:00:00Z',
      quiet: true,
      until: '2026-03-02T05:00:00.000Z',
    },
    {
      what: 'a night with an hour less ends when the wall clock says so',
      windows: [NIGHT],
      now: '2026-03-28T23:00:00Z',
      quiet: true,
      until: '2026-03-29T04:00:00.000Z',
    },
    {
      what: 'and one with an hour more',
      windows: [NIGHT],
      now: '2026-10-24T22:00:00Z',
      quiet: true,
      until: '2026-10-25T05:00:00.000Z',
    },
    {
      what: 'a window in the hour that is left out does not come',
      windows: [GAP],
      now: '2026-03-29T00:00:00Z',
      quiet: false,
      until: '2026-03-30T00:30:00.000Z',
    },
    {
      what: 'a window that begins in the hour left out begins when the clock has jumped',
      windows: [window('30 2 * * *', '2h')],
      now: '2026-03-29T00:59:59.999Z',
      quiet: false,
      until: '2026-03-29T01:00:00.000Z',
    },
    {
      what: 'a window in the hour that comes twice comes twice: the first',
      windows: [GAP],
      now: '2026-10-25T00:35:00Z',
      quiet: true,
      until: '2026-10-25T00:45:00.000Z',
    },
    {
      what: 'the second',
      windows: [GAP],
      now: '2026-10-25T00:50:00Z',
      quiet: false,
      until: '2026-10-25T01:30:00.000Z',
    },
    {
      what: 'several windows together',
      windows: [window('0 8 * * *', '1h'), window('0 9 * * *', '1h', 'UTC'), window('0 9 * * *', '1h')],
      now: '2026-01-05T07:30:00Z',
      quiet: true,
      until: '2026-01-05T10:00:00.000Z',
    },
    {
      what: 'windows that leave no gap never end',
      windows: [window('0 0 * * *', '24h')],
      now: '2026-03-02T09:00:00Z',
      quiet: true,
      until: undefined,
    },
    {
      what: 'a day that there is not never comes',
      windows: [window('0 0 31 2 *', '1h')],
      now: '2026-02-20T00:00:00Z',
      quiet: false,
      until: undefined,
    },
    {
      what: 'half-hour zones',
      windows: [window('15 6 * * SUN', '1h30m', 'Australia/Lord_Howe')],
      now: '2026-04-04T19:00:00Z',
      quiet: false,
      until: '2026-04-04T19:45:00.000Z',
    },
  ];
  for (const { what, windows, now, quiet, until } of cases) {
    test(what, () => {
      const state = quietHours(windows).at(at(now));
      assert.deepEqual([state.quiet, shown(state.changesAtMs)], [quiet, until]);
    });
  }

  test('what cannot be understood is said, and the other windows hold', () => {
    const hours = quietHours([
      window('0 25 * * *', '1h'),
      window('0 8 * * *', '0m'),
      window('0 8 * * *', '169h'),
      window('0 8 * * *', '1h', 'Europe/Bärlin'),
      window('0 8 * * *', '1h'),
    ]);
    assert.deepEqual(hours.mistakes, [
      "'0 25 * * *' is no schedule",
      "'0m' is no duration of up to a week",
      "'169h' is no duration of up to a week",
      "'Europe/Bärlin' is no time zone",
    ]);
    assert.equal(hours.at(at('2026-01-05T07:30:00Z')).quiet, true);
  });

  test('that are always open though none touches the next are reckoned as far as anyone looks', () => {
    const [even, odd] = ['*/2 * * * *', '1-59/2 * * * *'].map((schedule) => window(schedule, '1m'));
    const windows = Array.from({ length: 8 }, () => [even, odd])
      .flat()
      .flatMap((one) => one ?? []);
    const now = Date.parse('2026-03-01T12:00:30Z');
    assert.deepEqual(quietHours(windows).at(now), { quiet: true, changesAtMs: undefined });
    assert.deepEqual(quietHours(windows.slice(0, 1)).at(now), { quiet: true, changesAtMs: now + 30_000 });
  });

  test('are what the owner reads off the wall clock, minute by minute, and change when they say', () => {
    const zones = [
      BERLIN,
      'UTC',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Africa/Casablanca',
    ];
    const moments = [
      '2026-03-28T20:00:00Z',
      '2026-10-24T20:00:00Z',
      '2026-04-04T10:00:00Z',
      '2026-07-01T00:00:00Z',
    ];
    const made = fc.record({
      minute: fc.integer({ min: 0, max: 59 }),
      hour: fc.integer({ min: 0, max: 23 }),
      weekday: fc.constantFrom('*', '0', '1-5', '6,7'),
      minutes: fc.integer({ min: 1, max: 2000 }),
      timeZone: fc.constantFrom(...zones),
    });
    fc.assert(
      fc.property(
        fc.array(made, { minLength: 1, maxLength: 2 }),
        fc.constantFrom(...moments),
        fc.integer({ min: 0, max: 2000 }),
        (all, moment, minutesOn) => {
          const hours = quietHours(
            all.map(({ minute, hour, weekday, minutes, timeZone }) =>
              window(`${minute} ${hour} * * ${weekday}`, asDuration(minutes), timeZone),
            ),
          );
          const from = at(moment) + minutesOn * MINUTE;
          const isQuiet = (ms: number) => all.some((one) => readOff(one, ms));
          const state = hours.at(from);
          assert.equal(state.quiet, isQuiet(from));
          const until = Math.min(state.changesAtMs ?? Number.POSITIVE_INFINITY, from + 1500 * MINUTE);
          for (let ms = from; ms < until; ms += 5 * MINUTE) assert.equal(isQuiet(ms), state.quiet, shown(ms));
          if (state.changesAtMs === undefined) return;
          assert.equal(isQuiet(state.changesAtMs), !state.quiet, 'is different then');
          assert.equal(isQuiet(state.changesAtMs - 1), state.quiet, 'and not before');
        },
      ),
      { numRuns: 60 },
    );
  });
});

interface Made {
  readonly minute: number;
  readonly hour: number;
  readonly weekday: string;
  readonly minutes: number;
  readonly timeZone: string;
}

const WEEKDAYS: Readonly<Record<string, readonly number[]>> = {
  '*': [0, 1, 2, 3, 4, 5, 6],
  '0': [0],
  '1-5': [1, 2, 3, 4, 5],
  '6,7': [6, 0],
};

/** From the day and time that Intl writes: whether a window began on this or one of the days before and is open. */
function readOff({ minute, hour, weekday, minutes, timeZone }: Made, ms: number): boolean {
  const written = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(ms);
  const now = Date.parse(`${written.replace(' ', 'T')}Z`) + (ms % 1000);
  const [date = ''] = written.split(' ');
  return [0, 1, 2].some((ago) => {
    const midnight = Date.parse(`${date}T00:00:00Z`) - ago * 1440 * MINUTE;
    const begin = midnight + (hour * 60 + minute) * MINUTE;
    const isDay = WEEKDAYS[weekday]?.includes(new Date(midnight).getUTCDay());
    return isDay && begin <= now && now < begin + minutes * MINUTE;
  });
}

function asDuration(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours > 0 ? `${hours}h` : ''}${rest > 0 ? `${rest}m` : ''}`;
}
