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
  { wide, paint }: TableOptions,
): string {
  const shown = columns.filter((column) => wide || !column.wide);
  const texts = rows.map((row) => shown.map((column) => printable(column.cell(row))));
  const widths = shown.map(({ header }, index) =>
    Math.max(header.length, ...texts.map((cells) => width(cells[index] ?? ''))),
  );
  const line = (cells: readonly string[], tones: readonly (Tone | undefined)[]) =>
    cells
      .map((text, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - width(text));
        const painted = paint(tones[index], text);
        if (shown[index]?.align === 'right') return space + painted;
        return index === cells.length - 1 ? painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  const header = line(
    shown.map((column) => column.header),
    [],
  );
  const body = rows.map((row, index) =>
    line(
      texts[index] ?? [],
      shown.map((column) => column.tone?.(row)),
    ),
  );
  return [header, ...body].map((text) => `${text}\n`).join('');
}

function width(text: string): number {
  return [...text].length;
}
