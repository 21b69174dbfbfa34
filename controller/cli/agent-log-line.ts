// One line of an agent's log, for people: `12:00:00 WARN  message key=value`. Pure; a line that is no JSON is shown as it is.
import type { View } from './fleet-command.ts';
import { printable, type Tone } from './paint.ts';

const TONES: Readonly<Record<string, Tone>> = {
  warn: 'warn',
  error: 'bad',
  fatal: 'bad',
  debug: 'faint',
  trace: 'faint',
};

export function renderLogLine(line: string, { paint }: Pick<View, 'paint'>): string {
  const entry = parse(line);
  if (!entry) return `${printable(line)}\n`;
  const { time, level, msg, name: _, ...fields } = entry;
  const stamp = typeof time === 'string' ? time.replace('T', ' ').replace('Z', '') : '';
  const word = typeof level === 'string' ? level : '';
  const rest = Object.entries(fields).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value)}`,
  );
  const parts = [
    paint('faint', printable(stamp)),
    paint(TONES[word], printable(word.toUpperCase().padEnd(5))),
    printable(String(msg ?? '')),
    ...rest.map((text) => paint('faint', printable(text))),
  ];
  return `${parts.filter(Boolean).join(' ')}\n`;
}

/** As it is written, which sorts as it is; empty where a line has none. */
export function logLineTime(line: string): string {
  const time = parse(line)?.['time'];
  return typeof time === 'string' ? time : '';
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
