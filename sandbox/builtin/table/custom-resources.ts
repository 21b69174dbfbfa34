// The table of a custom resource: its name, then the columns its definition asks for, or its age when it asks for none.
import type { PrinterColumn, ResourceDefinition } from '../resource.ts';
import { humanDuration } from './duration.ts';
import { findAll, type JsonPath, parseJsonPath } from './json-path.ts';
import { AGE_COLUMN, type Cell, NAME_COLUMN, nameOf, type Printer } from './printer.ts';

export function customResources(resource: ResourceDefinition): Printer {
  const columns = resource.printerColumns?.length ? resource.printerColumns : [DEFAULT_COLUMN];
  const readers = columns.map((column) => ({ type: column.type, path: pathOf(column) }));
  return {
    columns: [
      NAME_COLUMN,
      ...columns.map((column) => ({
        name: column.name,
        type: column.type,
        format: column.format ?? '',
        description:
          column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
        priority: column.priority ?? 0,
      })),
    ],
    cells: (object, now) => [
      nameOf(object),
      ...readers.map(({ type, path }) => cellOf(type, { value: path && findAll(path, object)[0], now })),
    ],
  };
}

const DEFAULT_COLUMN: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: AGE_COLUMN.description,
  jsonPath: '.metadata.creationTimestamp',
};

/** A path outside our part of JSONPath leaves its column empty; it must not take the whole listing down. */
function pathOf(column: PrinterColumn): JsonPath | undefined {
  try {
    return parseJsonPath(column.jsonPath);
  } catch {
    return undefined;
  }
}

function cellOf(type: string, { value, now }: { readonly value: unknown; readonly now: number }): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, now) : null;
    default:
      return null;
  }
}

function dateCell(value: string, now: number): string {
  if (value === '') return '<unknown>';
  const time = /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? '<invalid>' : humanDuration(now - time);
}
