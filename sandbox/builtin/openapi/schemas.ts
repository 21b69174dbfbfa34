// Schemas of the served kinds, in either of OpenAPI's dialects: built-in types from models.json with the merge keys from
// merge-keys.ts, custom resources from their own definitions.
import { isObject, objectAt } from '../json.ts';
import { mergeRule } from '../merge-keys.ts';
import type { JsonObject, ResourceDefinition } from '../resource.ts';
import type { Model, ModelField, Models } from './models.ts';

export type Dialect = 'v2' | 'v3';

export const REFERENCE_PREFIX = { v2: '#/definitions/', v3: '#/components/schemas/' } as const;

export type Schemas = Record<string, JsonObject>;

/** The schemas of the resources and of everything they refer to, by definition name. */
export function schemasFor(
  resources: readonly ResourceDefinition[],
  { models, dialect }: { readonly models: Models; readonly dialect: Dialect },
): Schemas {
  const byName = new Map(Object.values(models).map((model) => [model.name, model]));
  const schemas: Schemas = {};
  const add = (model: Model) => {
    if (schemas[model.name] !== undefined) return;
    schemas[model.name] = modelSchema(model, { models, dialect });
    for (const type of Object.values(model.fields).flatMap(modelsNamedIn)) {
      const referenced = models[type];
      if (referenced) add(referenced);
    }
  };
  for (const resource of resources) {
    const name = definitionName(resource);
    const model = byName.get(name);
    if (model) add(model);
    else schemas[name] ??= customSchema(resource, dialect);
    const schema = schemas[name];
    if (schema) schema[GVK] = [...gvksOf(schema), gvkOf(resource)];
  }
  const meta = models['V1ObjectMeta'];
  if (meta) add(meta);
  return schemas;
}

export const GVK = 'x-kubernetes-group-version-kind';

export function gvkOf({ group, version, kind }: ResourceDefinition): JsonObject {
  return { group, version, kind };
}

/** `io.k8s.api.core.v1.Pod`; of a custom resource its group reversed: `dev.longshore.agents.v1alpha1.Agent`. */
export function definitionName(resource: ResourceDefinition): string {
  const { group, version, kind } = resource;
  if (isCustom(resource)) return [...group.split('.').reverse(), version, kind].join('.');
  if (group === 'apiextensions.k8s.io') {
    return `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${version}.${kind}`;
  }
  return `io.k8s.api.${group.split('.')[0] || 'core'}.${version}.${kind}`;
}

export function isCustom(resource: ResourceDefinition): boolean {
  return resource.schema !== undefined || resource.printerColumns !== undefined;
}

interface Context {
  readonly models: Models;
  readonly dialect: Dialect;
}

function modelSchema(model: Model, context: Context): JsonObject {
  const type = model.name.slice(model.name.lastIndexOf('.') + 1);
  const fields = Object.entries(model.fields);
  const required = fields.filter(([, field]) => field.required).map(([name]) => name);
  if (fields.length === 0) return { ...described(model), type: 'object' };
  return {
    ...described(model),
    type: 'object',
    properties: Object.fromEntries(
      fields.map(([name, field]) => [
        name,
        { ...described(field), ...typeSchema(field, context), ...mergeExtensions(type, name) },
      ]),
    ),
    ...(required.length > 0 && { required }),
  };
}

function mergeExtensions(type: string, field: string): JsonObject {
  const { strategy, mergeKey, retainKeys } = mergeRule(type, field);
  if (strategy === undefined) return {};
  return {
    'x-kubernetes-patch-strategy': retainKeys ? `${strategy},retainKeys` : strategy,
    ...(mergeKey && { 'x-kubernetes-patch-merge-key': mergeKey }),
  };
}

function typeSchema(field: ModelField, context: Context): JsonObject {
  return shapeOf(field.type, { ...context, format: field.format });
}

interface ShapeContext extends Context {
  readonly format: string | undefined;
}

function shapeOf(type: string, context: ShapeContext): JsonObject {
  const element = /^Array<(.+)>$/.exec(type)?.[1];
  if (element !== undefined) return { type: 'array', items: shapeOf(element, context) };
  const value = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (value !== undefined) return { type: 'object', additionalProperties: shapeOf(value, context) };
  const model = context.models[type];
  if (model) return reference(model.name, context.dialect);
  return scalarShape(type, context);
}

function scalarShape(type: string, { dialect, format }: ShapeContext): JsonObject {
  switch (type) {
    case 'boolean':
      return { type };
    case 'number':
      return { type: format === 'double' ? 'number' : 'integer', ...(format && { format }) };
    case 'string':
      return { type, ...(format && { format }) };
    case 'Date':
    case 'V1MicroTime':
      return { type: 'string', format: 'date-time' };
    case 'IntOrString':
      return dialect === 'v2'
        ? { type: 'string', format: 'int-or-string' }
        : { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' };
    default:
      return {};
  }
}

/** In v3 a `$ref` stands alone, so that its description and merge key can stand beside `allOf`. */
function reference(name: string, dialect: Dialect): JsonObject {
  const $ref = `${REFERENCE_PREFIX[dialect]}${name}`;
  return dialect === 'v2' ? { $ref } : { allOf: [{ $ref }] };
}

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function customSchema(resource: ResourceDefinition, dialect: Dialect): JsonObject {
  const own = dialect === 'v2' ? forV2(resource.schema ?? {}) : structuredClone(resource.schema ?? {});
  const properties = objectAt(own, 'properties');
  // Without properties the kind is free-form: naming only ours would make every other field unknown.
  if (!properties) return { ...own, type: 'object' };
  return {
    ...own,
    type: 'object',
    properties: {
      ...properties,
      apiVersion: { type: 'string', description: 'The version of this representation of the object.' },
      kind: { type: 'string', description: 'The kind of the object.' },
      metadata: { ...reference(OBJECT_META, dialect), description: "Standard object's metadata." },
    },
  };
}

const V2_KEYWORDS = ['description', 'format', 'enum', 'required', 'type'];

/** What of a structural schema v2 can say; kubectl refuses a whole document over one schema that says more. */
function forV2(schema: JsonObject): JsonObject {
  const kept = Object.fromEntries(V2_KEYWORDS.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])));
  const { type: _, ...untyped } = kept;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return untyped;
  if (schema['x-kubernetes-int-or-string'] === true) return untyped;
  const { properties, items, additionalProperties } = schema;
  if (schema['type'] === 'array') return isObject(items) ? { ...kept, items: forV2(items) } : untyped;
  if (isObject(properties)) {
    const entries = Object.entries(properties).map(([name, property]) => [
      name,
      isObject(property) ? forV2(property) : {},
    ]);
    return { ...kept, properties: Object.fromEntries(entries) };
  }
  if (isObject(additionalProperties)) return { ...kept, additionalProperties: forV2(additionalProperties) };
  return kept;
}

function gvksOf(schema: JsonObject): unknown[] {
  const gvks = schema[GVK];
  return Array.isArray(gvks) ? gvks : [];
}

function modelsNamedIn(field: ModelField): string[] {
  return /[A-Za-z0-9]*V1[A-Z]\w*/.exec(field.type)?.slice(0, 1) ?? [];
}

function described({ description }: { readonly description?: string }): JsonObject {
  return description === undefined ? {} : { description };
}
