// How one kind is shown as rows of a meta.k8s.io/v1 Table: its columns and one object's cells. A server always sends every
// column; those with priority above 0 show only in `-o wide`.
import { at, stringAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';
import { sinceTimestamp } from './duration.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export type Cell = string | number | boolean | null;

export interface Printer {
  readonly columns: readonly Column[];
  /** As many cells as columns. `now` is Unix milliseconds. */
  readonly cells: (object: JsonObject, now: number) => Cell[];
  /** Marks the row, for example as of a pod that is done. */
  readonly conditions?: (object: JsonObject) => JsonObject[];
}

export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Unique within a namespace; cannot be changed.',
  priority: 0,
};

export const AGE_COLUMN = column('Age', 'Time since the object was created.');

export function column(name: string, description: string, type = 'string'): Column {
  return { name, type, format: '', description, priority: 0 };
}

export function wideColumn(name: string, description: string): Column {
  return { ...column(name, description), priority: 1 };
}

export function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? '';
}

export function ageOf(object: JsonObject, now: number): string {
  return sinceTimestamp(at(object, 'metadata', 'creationTimestamp'), now);
}
