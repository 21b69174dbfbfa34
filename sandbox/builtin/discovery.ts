// What the server says it serves: group and resource lists in the legacy form and the aggregated one.
import { createHash } from 'node:crypto';
import { isCustom } from './openapi/schemas.ts';
import { groupVersionOf, type JsonObject, type ResourceDefinition } from './resource.ts';

/** Custom resources have theirs in another order. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

export const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface Subresource {
  readonly verbs: readonly string[];
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
}

const READ_WRITE = ['get', 'patch', 'update'];
const CONNECT = ['create', 'get'];
const PROXY = ['create', 'delete', 'get', 'patch', 'update'];

const SUBRESOURCES: Readonly<Record<string, Subresource>> = {
  status: { verbs: READ_WRITE },
  approval: { verbs: READ_WRITE },
  attach: { verbs: CONNECT, kind: 'PodAttachOptions' },
  binding: { verbs: ['create'], kind: 'Binding' },
  eviction: { verbs: ['create'], kind: 'Eviction', group: 'policy', version: 'v1' },
  exec: { verbs: CONNECT, kind: 'PodExecOptions' },
  finalize: { verbs: ['update'] },
  log: { verbs: ['get'] },
  portforward: { verbs: CONNECT, kind: 'PodPortForwardOptions' },
  token: { verbs: ['create'], kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1' },
};

function subresource(resource: ResourceDefinition, name: string): Subresource {
  if (name === 'proxy') return { verbs: PROXY, kind: `${resource.kind}ProxyOptions` };
  return SUBRESOURCES[name] ?? { verbs: READ_WRITE };
}

export function apiVersions(address: string): JsonObject {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function groupList(resources: readonly ResourceDefinition[]): JsonObject {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groupNames(resources).map((name) => group(resources, name)),
  };
}

export function apiGroup(resources: readonly ResourceDefinition[], name: string): JsonObject | undefined {
  if (!groupNames(resources).includes(name)) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...group(resources, name) };
}

export function resourceList(
  resources: readonly ResourceDefinition[],
  groupVersion: string,
): JsonObject | undefined {
  const own = resources.filter((resource) => groupVersionOf(resource) === groupVersion);
  if (own.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: own.flatMap(legacyRows) };
}

/** apidiscovery.k8s.io: everything at once; `core` for /api, else /apis. */
export function aggregated(
  resources: readonly ResourceDefinition[],
  core: boolean,
  version: string,
): JsonObject {
  const names = core ? [''] : groupNames(resources);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: names.map((name) => ({
      metadata: name === '' ? { creationTimestamp: null } : { name, creationTimestamp: null },
      versions: versionsOf(resources, name).map((entry) => ({
        version: entry,
        freshness: 'Current',
        resources: resources
          .filter((resource) => resource.group === name && resource.version === entry)
          .map(aggregatedRow),
      })),
    })),
  };
}

function groupNames(resources: readonly ResourceDefinition[]): string[] {
  return [...new Set(resources.map((resource) => resource.group))].filter((name) => name !== '');
}

function versionsOf(resources: readonly ResourceDefinition[], name: string): string[] {
  return [
    ...new Set(resources.filter((resource) => resource.group === name).map((resource) => resource.version)),
  ];
}

function group(resources: readonly ResourceDefinition[], name: string): JsonObject {
  const versions = versionsOf(resources, name).map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function legacyRows(resource: ResourceDefinition): JsonObject[] {
  const { plural, singular, namespaced, kind, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: verbsOf(resource),
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
      ...(resource.verbs ? {} : { storageVersionHash: storageVersionHash(resource) }),
    },
    ...resource.subresources.map((name) => {
      const { verbs, kind: own, group: ownGroup, version } = subresource(resource, name);
      return {
        name: `${plural}/${name}`,
        singularName: '',
        namespaced,
        ...(ownGroup ? { group: ownGroup, version } : {}),
        kind: own ?? kind,
        verbs,
      };
    }),
  ];
}

function verbsOf(resource: ResourceDefinition): readonly string[] {
  return resource.verbs ?? (isCustom(resource) ? CUSTOM_VERBS : ALL_VERBS);
}

/** Tells clients when the stored form of a kind is another than before. */
function storageVersionHash({ group, version, kind }: ResourceDefinition): string {
  const hash = createHash('sha256').update(`${group}/${version}/${kind}`).digest();
  return hash.subarray(0, 8).toString('base64');
}

function aggregatedRow(resource: ResourceDefinition): JsonObject {
  const { group: name, version, kind, shortNames, categories } = resource;
  return {
    resource: resource.plural,
    responseKind: { group: name, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: verbsOf(resource),
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((part) => {
            const own = subresource(resource, part);
            return {
              subresource: part,
              responseKind: {
                group: own.group ?? name,
                version: own.version ?? version,
                kind: own.kind ?? kind,
              },
              verbs: own.verbs,
            };
          }),
        }),
  };
}
