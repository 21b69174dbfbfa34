import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CalendarDay, parseCron } from '../../../../../controller/model/guest/cron.ts';

describe('a schedule of five fields', () => {
  const times: [text: string, minutes: number[], hours: number[]][] = [
    ['0 8 * * *', [0], [8]],
    ['0,30 8-10 * * *', [0, 30], [8, 9, 10]],
    ['*/20 22/1 * * *', [0, 20, 40], [22, 23]],
    ['10-20/5  3 * * *', [10, 15, 20], [3]],
  ];
  for (const [text, minutes, hours] of times) {
    test(`'${text}' says when`, () => {
      const cron = parseCron(text);
      assert.deepEqual([cron?.minutes, cron?.hours], [minutes, hours]);
    });
  }

  const monday: CalendarDay = { day: 13, month: 7, weekday: 1 };
  const sunday: CalendarDay = { day: 12, month: 7, weekday: 0 };
  const days: [text: string, monday: boolean, sunday: boolean][] = [
    ['0 0 * * *', true, true],
    ['0 0 * * MON-FRI', true, false],
    ['0 0 * * sat,7', false, true],
    ['0 0 * * 0', false, true],
    ['0 0 13 * *', true, false],
    ['0 0 13 * SUN', true, true],
    ['0 0 */2 * MON', true, false],
    ['0 0 * JUL *', true, true],
    ['0 0 * 1-6 *', false, false],
  ];
  for (const [text, onMonday, onSunday] of days) {
    test(`'${text}' says on which days`, () => {
      const cron = parseCron(text);
      assert.deepEqual([cron?.isDay(monday), cron?.isDay(sunday)], [onMonday, onSunday]);
    });
  }

  for (const text of [
    ...['', '0 8 * *', '0 8 * * * *', '60 8 * * *', '0 24 * * *', '0 8 0 * *', '0 8 * 13 *', '0 8 * * 8'],
    ...['5-1 8 * * *', '*/0 8 * * *', '0 8 * * MO', '0 8 * * fri-mon', '0 8 , * *', '1e1 8 * * *', '@daily'],
  ]) {
    test(`'${text}' is none`, () => assert.equal(parseCron(text), undefined));
  }
});
