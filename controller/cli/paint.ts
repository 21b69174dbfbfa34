// Colour for people at a terminal, and nothing at all for everybody else.
import { styleText } from 'node:util';
import type { CliDeps } from './deps.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'faint' | 'strong';

export interface Paint {
  (tone: Tone | undefined, text: string): string;
  /** Whether bars and bullets may be more than ASCII. */
  readonly unicode: boolean;
}

const FORMATS = { good: 'green', warn: 'yellow', bad: 'red', faint: 'dim', strong: 'bold' } as const;

export const PLAIN: Paint = Object.assign((_: Tone | undefined, text: string) => text, { unicode: false });

/** Colours only on a terminal, never with --no-color, NO_COLOR or a terminal that knows none. */
export function createPaint(
  { stdout, env }: Pick<CliDeps, 'stdout' | 'env'>,
  { color }: { readonly color: boolean },
): Paint {
  const terminal = stdout.isTTY === true && env['TERM'] !== 'dumb';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const unicode = terminal && /utf-?8/i.test(locale);
  if (!terminal || !color || env['NO_COLOR']) return Object.assign(PLAIN.bind(undefined), { unicode });
  const paint = (tone: Tone | undefined, text: string) =>
    tone === undefined || text === '' ? text : styleText(FORMATS[tone], text, { validateStream: false });
  return Object.assign(paint, { unicode });
}

/** What others wrote (agents, users), made safe for a terminal: no control characters, one line. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
