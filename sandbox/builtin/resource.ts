// What the API server knows about one kind of object: its names, its scope, its subresources. Rows come from the fixed
// table (resource-table.ts) and from CustomResourceDefinitions.

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** Any JSON object from the wire: fields are unknown until looked at. */
export type JsonObject = { [key: string]: unknown };

export interface ResourceDefinition {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** For example `status`, `log`, `binding`. */
  readonly subresources: readonly string[];
  /** Absent: everything (create, delete, deletecollection, get, list, patch, update, watch). */
  readonly verbs?: readonly string[];
  /** The CRD's additionalPrinterColumns. */
  readonly printerColumns?: readonly PrinterColumn[];
  /** The CRD's openAPIV3Schema; undefined for built-in kinds. */
  readonly schema?: JsonObject;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** `v1`, `apps/v1`. */
export function groupVersionOf(resource: Pick<ResourceDefinition, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
