// Objects as a meta.k8s.io/v1 Table, which is what kubectl prints: column definitions and one row per object. Pure; the
// printers of the built-in kinds are in table/.
import { isObject, stringAt } from './json.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';
import { roleBindings, signingRequests } from './table/access.ts';
import {
  configMaps,
  disruptionBudgets,
  leases,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  priorityClasses,
  secrets,
  serviceAccounts,
} from './table/configuration.ts';
import { customResources } from './table/custom-resources.ts';
import { events } from './table/events.ts';
import { nodes } from './table/nodes.ts';
import { pods } from './table/pods.ts';
import { column, NAME_COLUMN, nameOf, type Printer } from './table/printer.ts';
import { endpoints, services } from './table/services.ts';

export interface TableOptions {
  /** The request's `includeObject`; Kubernetes' default is `Metadata`. */
  readonly includeObject?: 'None' | 'Metadata' | 'Object' | undefined;
  /** Unix milliseconds, for ages. */
  readonly now: number;
  /** The list's metadata, or of a single object its `resourceVersion`. */
  readonly listMeta: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  /** The request's `noHeaders`; also set for every event of a watch after its first. */
  readonly noHeaders?: boolean;
}

export function tableFor(
  resource: ResourceDefinition,
  objects: readonly JsonObject[],
  options: TableOptions,
): JsonObject {
  const printer = printerOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { ...options.listMeta },
    columnDefinitions: options.noHeaders ? [] : printer.columns,
    rows: objects.map((object) => {
      const conditions = printer.conditions?.(object) ?? [];
      return {
        cells: printer.cells(object, options.now),
        ...(conditions.length > 0 && { conditions }),
        object: rowObject(object, options.includeObject ?? 'Metadata'),
      };
    }),
  };
}

function rowObject(object: JsonObject, include: 'None' | 'Metadata' | 'Object'): JsonObject | null {
  if (include === 'None') return null;
  if (include === 'Object') return object;
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

const PRINTERS: Readonly<Record<string, Printer>> = {
  '/pods': pods,
  '/nodes': nodes,
  '/services': services,
  '/endpoints': endpoints,
  '/events': events,
  'events.k8s.io/events': events,
  '/namespaces': namespaces,
  '/configmaps': configMaps,
  '/secrets': secrets,
  '/serviceaccounts': serviceAccounts,
  '/persistentvolumes': persistentVolumes,
  '/persistentvolumeclaims': persistentVolumeClaims,
  'coordination.k8s.io/leases': leases,
  'scheduling.k8s.io/priorityclasses': priorityClasses,
  'policy/poddisruptionbudgets': disruptionBudgets,
  'rbac.authorization.k8s.io/rolebindings': roleBindings,
  'rbac.authorization.k8s.io/clusterrolebindings': roleBindings,
  'certificates.k8s.io/certificatesigningrequests': signingRequests,
};

/** Built-in kinds without a table of their own: roles, custom resource definitions. */
const NAME_AND_CREATION: Printer = {
  columns: [NAME_COLUMN, column('Created At', 'When the object was created.', 'date')],
  cells: (object) => [nameOf(object), stringAt(object, 'metadata', 'creationTimestamp') ?? null],
};

function printerOf(resource: ResourceDefinition): Printer {
  const key = `${resource.group}/${resource.plural}`;
  const printer = Object.hasOwn(PRINTERS, key) ? PRINTERS[key] : undefined;
  if (printer !== undefined) return printer;
  const isCustom = resource.schema !== undefined || resource.printerColumns !== undefined;
  return isCustom ? customResources(resource) : NAME_AND_CREATION;
}
