// Objects of kinds that a CustomResourceDefinition made: the schema decides.

import { schemaErrors } from '../crd-schema.ts';
import type { KindStrategy } from '../strategy.ts';

export const customStrategy: KindStrategy = {
  hasGeneration: true,
  needsVersion: true,
  statusKeepsMetadata: true,
  prepareForCreate(object, { resource }) {
    if (resource.subresources.includes('status')) delete object['status'];
  },
  validate: (object, { resource }) => (resource.schema ? schemaErrors(object, resource.schema) : []),
  validateUpdate: (next, _current, { resource }) =>
    resource.schema ? schemaErrors(next, resource.schema) : [],
};
