// Holds an object against its table: what of it keeps the pod from running, and what it runs without.
import { type AnyRow, type AnyTable, isSet } from './field.ts';

export interface Support {
  /** One line each, naming the field; the pod cannot run. */
  readonly problems: readonly string[];
  /** One line each, naming the field; the pod runs without. */
  readonly warnings: readonly string[];
}

const NOTHING: Support = { problems: [], warnings: [] };

export function judge(table: AnyTable, object: unknown, path: string): Support {
  if (!isObject(object)) return NOTHING;
  const unknown = Object.entries(object).filter(([field, value]) => !(field in table.rows) && isSet(value));
  const known = Object.entries(table.rows).map(([field, row]) =>
    judgeField(row, object[field], `${path}.${field}`),
  );
  return join([
    ...known,
    ...unknown.map(([field]): Support => ({ problems: [unsupported(`${path}.${field}`)], warnings: [] })),
  ]);
}

function judgeField(row: AnyRow, value: unknown, path: string): Support {
  if (!isSet(value)) return NOTHING;
  switch (row.kind) {
    case 'no-effect':
      return NOTHING;
    case 'supported': {
      const refused = row.only?.refuses(value);
      return refused === undefined ? NOTHING : problem(unsupported(`${path} ${refused}`));
    }
    case 'refused':
      return value === row.unless
        ? NOTHING
        : problem(`${path} is not supported by Longshore: ${row.because}`);
    case 'fields':
      return Array.isArray(value)
        ? join(value.map((item, index) => judge(row.table, item, `${path}${itemKey(item, index)}`)))
        : judge(row.table, value, path);
  }
}

function itemKey(item: unknown, index: number): string {
  const name = isObject(item) ? item['name'] : undefined;
  return typeof name === 'string' ? `{${name}}` : `[${index}]`;
}

export function join(parts: readonly Support[]): Support {
  return {
    problems: parts.flatMap(({ problems }) => problems),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

function unsupported(what: string): string {
  return `${what} is not supported by this version of Longshore`;
}

function problem(text: string): Support {
  return { problems: [text], warnings: [] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
