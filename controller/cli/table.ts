// Tables as kubectl prints them: upper-case headers, columns three spaces apart, no lines, no trailing space.
import { type Paint, printable, type Tone } from './paint.ts';

export interface Column<Row> {
  readonly header: string;
  /** Shown with `-o wide` only. */
  readonly wide?: boolean;
  readonly align?: 'right';
  readonly cell: (row: Row) => string;
  readonly tone?: (row: Row) => Tone | undefined;
}

export interface TableOptions {
  readonly wide: boolean;
  readonly paint: Paint;
}

const GAP = '   ';

export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions,
): string {
  return growingTable(() => columns, options)(rows);
}

/**
 * A table whose rows come bit by bit: the header with the first of them, columns never narrower than before. The columns
 * are asked for each time, always the same ones: what they show may depend on the time.
 */
export function growingTable<Row>(
  columns: () => readonly Column<Row>[],
  { wide, paint }: TableOptions,
): (rows: readonly Row[]) => string {
  let widths: readonly number[] | undefined;
  return (rows) => {
    const shown = columns().filter((column) => wide || !column.wide);
    const line = (cells: readonly string[], tones: readonly (Tone | undefined)[]) =>
      cells
        .map((text, index) => {
          const space = ' '.repeat((widths?.[index] ?? 0) - width(text));
          const painted = paint(tones[index], text);
          if (shown[index]?.align === 'right') return space + painted;
          return index === cells.length - 1 ? painted : painted + space;
        })
        .join(GAP)
        .trimEnd();
    const texts = rows.map((row) => shown.map((column) => printable(column.cell(row))));
    const isFirst = widths === undefined;
    widths = shown.map(({ header }, index) =>
      Math.max(widths?.[index] ?? 0, header.length, ...texts.map((cells) => width(cells[index] ?? ''))),
    );
    const header = shown.map((column) => column.header);
    const body = rows.map((row, index) =>
      line(
        texts[index] ?? [],
        shown.map((column) => column.tone?.(row)),
      ),
    );
    return [...(isFirst ? [line(header, [])] : []), ...body].map((text) => `${text}\n`).join('');
  };
}

function width(text: string): number {
  return [...text].length;
}
