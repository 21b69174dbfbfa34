// Which kinds are served right now: the fixed table and what the stored CustomResourceDefinitions add.
import { numberAt, objectAt, objectsAt, stringAt, stringsAt } from './json.ts';
import type { KubeObject } from './kube-object.ts';
import type { PrinterColumn, ResourceDefinition } from './resource.ts';
import { BUILTIN_RESOURCES } from './resource-table.ts';

export class Registry {
  readonly #custom = new Map<string, readonly ResourceDefinition[]>();

  get resources(): readonly ResourceDefinition[] {
    return [...BUILTIN_RESOURCES, ...[...this.#custom.values()].flat()];
  }

  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.resources.find(
      (resource) => resource.group === group && resource.version === version && resource.plural === plural,
    );
  }

  /** For the server's own use, where the kind is known to exist. */
  builtin(plural: string, group = ''): ResourceDefinition {
    const found = BUILTIN_RESOURCES.find(
      (resource) => resource.plural === plural && resource.group === group,
    );
    if (!found) throw new Error(`no built-in resource ${plural} in group '${group}'`);
    return found;
  }

  /** Events are one kind with two faces, and are kept as core/v1. */
  stored(resource: ResourceDefinition): ResourceDefinition {
    const isEvent = resource.plural === 'events' && resource.group === 'events.k8s.io';
    return isEvent ? this.builtin('events') : resource;
  }

  byKind(apiVersion: string, kind: string): ResourceDefinition | undefined {
    return this.resources.find(
      (resource) =>
        resource.kind === kind &&
        (resource.group === '' ? resource.version : `${resource.group}/${resource.version}`) === apiVersion,
    );
  }

  /** Of custom groups nothing is known but what is defined in them. */
  hasBuiltinGroup(group: string): boolean {
    return BUILTIN_RESOURCES.some((resource) => resource.group === group);
  }

  hasGroupVersion(group: string, version: string): boolean {
    return this.resources.some((resource) => resource.group === group && resource.version === version);
  }

  setCustom(crd: KubeObject): void {
    this.#custom.set(crd.metadata.name, customResources(crd));
  }

  removeCustom(crdName: string): void {
    this.#custom.delete(crdName);
  }

  /** The definitions a CRD stands for, served versions only. */
  custom(crdName: string): readonly ResourceDefinition[] {
    return this.#custom.get(crdName) ?? [];
  }
}

function customResources(crd: KubeObject): ResourceDefinition[] {
  const group = stringAt(crd, 'spec', 'group') ?? '';
  const kind = stringAt(crd, 'spec', 'names', 'kind') ?? '';
  return objectsAt(crd, 'spec', 'versions')
    .filter((version) => version['served'] === true)
    .map((version) => {
      const schema = objectAt(version, 'schema', 'openAPIV3Schema');
      return {
        group,
        version: stringAt(version, 'name') ?? '',
        kind,
        listKind: stringAt(crd, 'spec', 'names', 'listKind') ?? `${kind}List`,
        plural: stringAt(crd, 'spec', 'names', 'plural') ?? '',
        singular: stringAt(crd, 'spec', 'names', 'singular') ?? kind.toLowerCase(),
        shortNames: stringsAt(crd, 'spec', 'names', 'shortNames'),
        categories: stringsAt(crd, 'spec', 'names', 'categories'),
        namespaced: stringAt(crd, 'spec', 'scope') === 'Namespaced',
        subresources: objectAt(version, 'subresources', 'status') ? ['status'] : [],
        printerColumns: objectsAt(version, 'additionalPrinterColumns').map(printerColumn),
        ...(schema ? { schema } : {}),
      };
    });
}

function printerColumn(column: Record<string, unknown>): PrinterColumn {
  const [format, description, priority] = [
    stringAt(column, 'format'),
    stringAt(column, 'description'),
    numberAt(column, 'priority'),
  ];
  return {
    name: stringAt(column, 'name') ?? '',
    type: stringAt(column, 'type') ?? 'string',
    jsonPath: stringAt(column, 'jsonPath') ?? '',
    ...(format ? { format } : {}),
    ...(description ? { description } : {}),
    ...(priority ? { priority } : {}),
  };
}
