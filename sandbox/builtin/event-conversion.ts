// Events have two faces on one stored object: core/v1 (stored) and events.k8s.io/v1.
import { isObject, objectAt } from './json.ts';
import { type KubeObject, toKubeObject } from './kube-object.ts';
import type { JsonObject, ResourceDefinition } from './resource.ts';

const CORE_TO_NEW: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

/** The stored object as the asked-for version shows it. */
export function toVersion(object: KubeObject, resource: ResourceDefinition): KubeObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  if (object.apiVersion === apiVersion) return object;
  if (resource.plural !== 'events') return { ...object, apiVersion };
  const shown = renamed(object, CORE_TO_NEW);
  for (const field of ['reportingController', 'reportingInstance'])
    if (shown[field] === '') delete shown[field];
  return toKubeObject({ ...shown, apiVersion });
}

/** What a client wrote in `resource`'s version, as it is stored. */
export function fromVersion(input: JsonObject, resource: ResourceDefinition): JsonObject {
  if (resource.plural !== 'events' || resource.group !== 'events.k8s.io') return input;
  const core = renamed(
    input,
    CORE_TO_NEW.map(([core, newer]) => [newer, core] as const),
  );
  return { ...core, apiVersion: 'v1', involvedObject: objectAt(core, 'involvedObject') ?? {} };
}

function renamed(object: JsonObject, names: readonly (readonly [string, string])[]): JsonObject {
  const map = new Map(names);
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      map.get(key) ?? key,
      isObject(value) ? { ...value } : value,
    ]),
  );
}
