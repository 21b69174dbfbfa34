// A share as a bar of one width, in a line of a terminal.
import type { Output } from './deps.ts';
import type { Paint } from './paint.ts';

export const BAR_WIDTH = 20;

export function bar(percent: number, { unicode }: Paint): string {
  const filled = Math.max(0, Math.min(BAR_WIDTH, Math.round((percent * BAR_WIDTH) / 100)));
  const [full, empty] = unicode ? ['█', '░'] : ['#', '.'];
  return full.repeat(filled) + empty.repeat(BAR_WIDTH - filled);
}

/** How much of a line that is written anew may be used: a full one would wrap, and only its last row be written over. */
export function usableColumns({ columns = 80 }: Pick<Output, 'columns'>): number {
  return Math.max(BAR_WIDTH, columns - 1);
}
