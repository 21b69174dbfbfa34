// Objects of kinds that a CustomResourceDefinition made: the schema decides.
import type { FieldError } from '../api-error.ts';
import { ruleErrors } from '../crd-rules.ts';
import { schemaErrors, statusSchemaErrors } from '../crd-schema.ts';
import type { KubeObject } from '../kube-object.ts';
import type { JsonObject, ResourceDefinition } from '../resource.ts';
import type { KindStrategy } from '../strategy.ts';

export const customStrategy: KindStrategy = {
  hasGeneration: true,
  needsVersion: true,
  statusKeepsMetadata: true,
  prepareForCreate(object, { resource }) {
    if (resource.subresources.includes('status')) delete object['status'];
  },
  validate: (object, { resource }) => errorsOf({ object }, resource, schemaErrors),
  validateUpdate: (object, current, { resource }) => errorsOf({ object, current }, resource, schemaErrors),
  validateStatus: (object, current, { resource }) =>
    errorsOf({ object, current }, resource, statusSchemaErrors),
};

function errorsOf(
  written: { readonly object: KubeObject; readonly current?: KubeObject },
  { schema }: ResourceDefinition,
  check: (object: JsonObject, schema: JsonObject) => FieldError[],
): FieldError[] {
  if (!schema) return [];
  const errors = check(written.object, schema);
  return [...errors, ...ruleErrors({ ...written, schema }, errors)];
}
