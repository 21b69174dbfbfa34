// OpenAPI documents of what is served, in the forms kubectl asks for: v3 per group and version with an index, and v2 as
// JSON and as protobuf. They exist for kubectl's apply, create, explain and dry runs; nothing here validates objects.
import { createHash } from 'node:crypto';
import { encodeDocument } from './openapi/gnostic.ts';
import { readModels } from './openapi/models.ts';
import { pathsFor } from './openapi/paths.ts';
import { schemasFor } from './openapi/schemas.ts';
import { groupVersionOf, type JsonObject, type ResourceDefinition } from './resource.ts';

/** What clients put into Accept when they want `openapiV2Protobuf`; the first is what kubectl sends. */
export const OPENAPI_V2_PROTOBUF_ACCEPTED = [
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
];

/** The Content-Type of the answer. The accepted spelling is no valid media type, and clients refuse it in an answer. */
export const OPENAPI_V2_PROTOBUF_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const INFO = { title: 'Kubernetes', version: 'unversioned' };

export function openapiV2Json(resources: readonly ResourceDefinition[]): JsonObject {
  return {
    swagger: '2.0',
    info: INFO,
    paths: pathsFor(resources, 'v2'),
    definitions: schemasFor(resources, { models: readModels(), dialect: 'v2' }),
  };
}

export function openapiV2Protobuf(resources: readonly ResourceDefinition[]): Buffer {
  return encodeDocument(openapiV2Json(resources));
}

/** What `/openapi/v3` answers. The hash changes with the document, so clients may cache each URL for ever. */
export function openapiV3Index(resources: readonly ResourceDefinition[]): JsonObject {
  const groupVersions = [...new Set(resources.map(groupVersionOf))].sort();
  return {
    paths: Object.fromEntries(
      groupVersions.map((groupVersion) => {
        const path = `${groupVersion.includes('/') ? 'apis' : 'api'}/${groupVersion}`;
        const document = JSON.stringify(openapiV3(resources, groupVersion));
        const hash = createHash('sha512').update(document).digest('hex').toUpperCase();
        return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
      }),
    ),
  };
}

/** What `/openapi/v3/api/v1` (`groupVersion` 'v1') or `/openapi/v3/apis/policy/v1` answers; undefined means 404. */
export function openapiV3(
  resources: readonly ResourceDefinition[],
  groupVersion: string,
): JsonObject | undefined {
  const served = resources.filter((resource) => groupVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: pathsFor(served, 'v3'),
    components: { schemas: schemasFor(served, { models: readModels(), dialect: 'v3' }) },
  };
}
