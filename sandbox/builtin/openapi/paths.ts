// The paths of the served kinds. kubectl reads from them which kind a path is about, which patches it takes, and whether
// the server validates fields itself; no more than that is said.
import type { JsonObject, ResourceDefinition } from '../resource.ts';
import { type Dialect, definitionName, GVK, gvkOf, isCustom, REFERENCE_PREFIX } from './schemas.ts';

export function pathsFor(resources: readonly ResourceDefinition[], dialect: Dialect): JsonObject {
  return Object.fromEntries(resources.flatMap((resource) => resourcePaths(resource, dialect)));
}

type Verb = 'list' | 'create' | 'read' | 'replace' | 'patch' | 'delete';

function resourcePaths(resource: ResourceDefinition, dialect: Dialect): [string, JsonObject][] {
  const base = resource.group === '' ? '/api' : `/apis/${resource.group}`;
  const scope = resource.namespaced ? '/namespaces/{namespace}' : '';
  const collection = `${base}/${resource.version}${scope}/${resource.plural}`;
  const operation = (verb: Verb) => operationFor(verb, { resource, dialect });
  const namespace = resource.namespaced ? [pathParameter('namespace', dialect)] : [];
  return [
    [collection, { get: operation('list'), post: operation('create'), parameters: namespace }],
    [
      `${collection}/{name}`,
      {
        get: operation('read'),
        put: operation('replace'),
        patch: operation('patch'),
        delete: operation('delete'),
        parameters: [pathParameter('name', dialect), ...namespace],
      },
    ],
  ];
}

interface Target {
  readonly resource: ResourceDefinition;
  readonly dialect: Dialect;
}

const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation'];

function operationFor(verb: Verb, { resource, dialect }: Target): JsonObject {
  const writes = verb === 'create' || verb === 'replace' || verb === 'patch';
  const parameters = writes ? WRITE_PARAMETERS : verb === 'delete' ? ['dryRun'] : [];
  const contents = contentTypes(verb, resource);
  const body =
    verb === 'patch'
      ? { type: 'object' }
      : { $ref: `${REFERENCE_PREFIX[dialect]}${definitionName(resource)}` };
  const queries = parameters.map((name) => queryParameter(name, dialect));
  return {
    operationId: `${verb}${resource.group.split('.')[0] || 'core'}_${resource.version}_${resource.kind}`,
    parameters:
      writes && dialect === 'v2'
        ? [{ name: 'body', in: 'body', required: true, schema: body }, ...queries]
        : queries,
    ...(dialect === 'v2' && { consumes: contents, produces: ['application/json'] }),
    ...(writes &&
      dialect === 'v3' && {
        requestBody: {
          required: true,
          content: Object.fromEntries(contents.map((type) => [type, { schema: body }])),
        },
      }),
    responses: { 200: { description: 'OK' } },
    [GVK]: gvkOf(resource),
  };
}

function contentTypes(verb: Verb, resource: ResourceDefinition): string[] {
  if (verb !== 'patch') return ['application/json'];
  const patches = ['application/json-patch+json', 'application/merge-patch+json'];
  return isCustom(resource) ? patches : [...patches, 'application/strategic-merge-patch+json'];
}

function queryParameter(name: string, dialect: Dialect): JsonObject {
  return { name, in: 'query', ...stringTyped(dialect) };
}

function pathParameter(name: string, dialect: Dialect): JsonObject {
  return { name, in: 'path', required: true, ...stringTyped(dialect) };
}

function stringTyped(dialect: Dialect): JsonObject {
  return dialect === 'v2' ? { type: 'string' } : { schema: { type: 'string' } };
}
