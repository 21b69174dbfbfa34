// Five fields of cron: minute, hour, day of the month, month, day of the week, each with *, lists, ranges, steps, and months
// and days by name. As cron has it, when both kinds of day are restricted one of them suffices.

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  isDay(date: CalendarDay): boolean;
}

export interface CalendarDay {
  /** 1 to 31 */
  readonly day: number;
  /** 1 to 12 */
  readonly month: number;
  /** 0, Sunday, to 6 */
  readonly weekday: number;
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Field = { min: 0, max: 59 };
const HOUR: Field = { min: 0, max: 23 };
const DAY: Field = { min: 1, max: 31 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const MONTH: Field = { min: 1, max: 12, names: MONTHS };
/** 7 is Sunday too. */
const WEEKDAY: Field = { min: 0, max: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] };

/** Undefined when the text is no schedule. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/ +/);
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = values(minute, MINUTE);
  const hours = values(hour, HOUR);
  const days = values(day, DAY);
  const months = values(month, MONTH);
  const weekdays = values(weekday, WEEKDAY)?.map((number) => number % 7);
  if (fields.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return undefined;
  const isEither = !day.startsWith('*') && !weekday.startsWith('*');
  return {
    minutes,
    hours,
    isDay(date) {
      const [inMonth, inWeek] = [days.includes(date.day), weekdays.includes(date.weekday)];
      return months.includes(date.month) && (isEither ? inMonth || inWeek : inMonth && inWeek);
    },
  };
}

/** In order. */
function values(text: string, field: Field): readonly number[] | undefined {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const range = rangeOf(part, field);
    if (!range) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function rangeOf(
  part: string,
  { min, max, names }: Field,
): { readonly from: number; readonly to: number; readonly step: number } | undefined {
  const match = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d{1,2}))?$/.exec(part);
  if (!match) return undefined;
  const [, first, last, every] = match;
  const number = (word: string): number => {
    const named = names?.indexOf(word.toUpperCase()) ?? -1;
    if (named >= 0) return named + min;
    return /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN;
  };
  const from = first === undefined ? min : number(first);
  // One value with a step goes on to the end, as in cron.
  const alone = every === undefined ? from : max;
  const to = first === undefined ? max : last === undefined ? alone : number(last);
  const step = every === undefined ? 1 : Number(every);
  return from >= min && from <= to && to <= max && step >= 1 ? { from, to, step } : undefined;
}
