// Holds an object against its table: what of it keeps the pod from running, one line each, naming the field.
import { type AnyRow, type AnyTable, isSet } from './field.ts';

export function judge(table: AnyTable, object: unknown, path: string): readonly string[] {
  if (!isObject(object)) return [];
  const unknown = Object.entries(object).filter(([field, value]) => !(field in table.rows) && isSet(value));
  const known = Object.entries(table.rows).flatMap(([field, row]) =>
    judgeField(row, object[field], `${path}.${field}`),
  );
  return [...known, ...unknown.map(([field]) => unsupported(`${path}.${field}`))];
}

function judgeField(row: AnyRow, value: unknown, path: string): readonly string[] {
  if (!isSet(value)) return [];
  switch (row.kind) {
    case 'no-effect':
      return [];
    case 'supported': {
      const refused = row.only?.refuses(value);
      return refused === undefined ? [] : [unsupported(`${path} ${refused}`)];
    }
    case 'refused':
      return value === row.unless ? [] : [`${path} is not supported by Longshore: ${row.because}`];
    case 'fields':
      return Array.isArray(value)
        ? value.flatMap((item, index) => judge(row.table, item, `${path}${itemKey(item, index)}`))
        : judge(row.table, value, path);
  }
}

function itemKey(item: unknown, index: number): string {
  const name = isObject(item) ? item['name'] : undefined;
  return typeof name === 'string' ? `{${name}}` : `[${index}]`;
}

function unsupported(what: string): string {
  return `${what} is not supported by this version of Longshore`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
