// What the tests of tables share: kinds of objects, and the rows and cells that come of them.
import type { JsonObject, ResourceDefinition } from '../../../../sandbox/builtin/resource.ts';
import { tableFor } from '../../../../sandbox/builtin/table.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');
export const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString().replace('.000Z', 'Z');

export function resource(
  plural: string,
  group = '',
  more: Partial<ResourceDefinition> = {},
): ResourceDefinition {
  return {
    group,
    version: 'v1',
    kind: 'Kind',
    listKind: 'KindList',
    plural,
    singular: 'kind',
    shortNames: [],
    categories: [],
    namespaced: true,
    subresources: [],
    ...more,
  };
}

export interface Row {
  cells: unknown[];
  conditions?: JsonObject[];
  object: JsonObject | null;
}

export function rowsOf(definition: ResourceDefinition, objects: JsonObject[]): Row[] {
  return tableFor(definition, objects, { now: NOW, listMeta: {} })['rows'] as Row[];
}

export function cellsOf(definition: ResourceDefinition, object: JsonObject): unknown[] {
  const [row] = rowsOf(definition, [{ metadata: { name: 'x', creationTimestamp: ago(90) }, ...object }]);
  return row?.cells ?? [];
}
