// A share as a bar of one width.
import type { Paint } from './paint.ts';

const WIDTH = 20;

export function bar(percent: number, { unicode }: Paint): string {
  const filled = Math.max(0, Math.min(WIDTH, Math.round((percent * WIDTH) / 100)));
  const [full, empty] = unicode ? ['█', '░'] : ['#', '.'];
  return full.repeat(filled) + empty.repeat(WIDTH - filled);
}
