// A description: named values in two columns, and sections with a title, as `kubectl describe` lays them out.
import type { View } from './fleet-command.ts';
import { printable } from './paint.ts';

export interface Section {
  /** The first needs none. */
  readonly title?: string;
  /** Several values stand below each other. `painted`: the value is safe for a terminal already. */
  readonly rows?: readonly (readonly [name: string, value: string | readonly string[], safe?: 'painted'])[];
  /** Whole lines. */
  readonly text?: string;
}

/** Sections without content are left out. */
export function renderSections(sections: readonly Section[], { paint }: View): string {
  const names = sections.flatMap(({ rows = [] }) => rows.map(([name]) => name));
  const width = Math.max(0, ...names.map((name) => name.length)) + 2;
  return sections
    .flatMap(({ title, rows = [], text = '' }) => {
      const lines = rows.flatMap(([name, value, safe]) => {
        const values = typeof value === 'string' ? [value] : value;
        return values.map((one, index) => {
          const label = (index === 0 ? `${name}:` : '').padEnd(width);
          return `${paint('strong', label)}${safe ? one : printable(one)}\n`;
        });
      });
      const body = lines.join('') + text;
      if (body === '') return [];
      return [title === undefined ? body : `${paint('strong', `${title}:`)}\n${indent(body)}`];
    })
    .join('\n');
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
