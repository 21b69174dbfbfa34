import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import protobuf from 'protobufjs';
import { at, objectAt, objectsAt, stringAt } from '../../../../sandbox/builtin/json.ts';
import { generateModels } from '../../../../sandbox/builtin/openapi/generate-models.ts';
import {
  openapiV2Json,
  openapiV2Protobuf,
  openapiV3,
  openapiV3Index,
} from '../../../../sandbox/builtin/openapi.ts';
import type { JsonObject, ResourceDefinition } from '../../../../sandbox/builtin/resource.ts';
import { BUILTIN_RESOURCES } from '../../../../sandbox/builtin/resource-table.ts';

const agents: ResourceDefinition = {
  group: 'longshore.dev',
  version: 'v1alpha1',
  kind: 'Agent',
  listKind: 'AgentList',
  plural: 'agents',
  singular: 'agent',
  shortNames: [],
  categories: [],
  namespaced: false,
  subresources: ['status'],
  printerColumns: [],
  schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          names: { type: 'array', items: { type: 'string', nullable: true }, maxItems: 3 },
        },
      },
    },
  },
};
const resources = [...BUILTIN_RESOURCES, agents];
const POD = 'io.k8s.api.core.v1.Pod';
const AGENT = 'dev.longshore.v1alpha1.Agent';

test('models.json is what the generator makes of the installed client library', () => {
  const committed = readFileSync(
    new URL('../../../../sandbox/builtin/openapi/models.json', import.meta.url),
    'utf8',
  );
  assert.deepEqual(JSON.parse(committed), generateModels());
});

test('every built-in kind has a schema with fields', () => {
  const definitions = objectAt(openapiV2Json(BUILTIN_RESOURCES), 'definitions') ?? {};
  const kinds = Object.values(definitions).flatMap((definition) =>
    objectsAt(definition, 'x-kubernetes-group-version-kind')
      .filter(() => objectAt(definition, 'properties') !== undefined)
      .map(({ group, version, kind }) => `${group}/${version}/${kind}`),
  );
  assert.deepEqual(
    new Set(kinds),
    new Set(BUILTIN_RESOURCES.map(({ group, version, kind }) => `${group}/${version}/${kind}`)),
  );
});

test('no reference dangles, in either dialect', () => {
  const v3 = openapiV3(resources, 'v1') ?? {};
  for (const [document, prefix, schemas] of [
    [openapiV2Json(resources), '#/definitions/', ['definitions']],
    [v3, '#/components/schemas/', ['components', 'schemas']],
  ] as const) {
    const names = Object.keys(objectAt(document, ...schemas) ?? {});
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
    const missing = [...references]
      .map(([, target = '']) => target)
      .filter((target) => {
        return !target.startsWith(prefix) || !names.includes(target.slice(prefix.length));
      });
    assert.deepEqual(missing, []);
  }
});

describe('v2', () => {
  const document = openapiV2Json(resources);
  const property = (type: string, field: string) =>
    objectAt(document, 'definitions', `io.k8s.api.core.v1.${type}`, 'properties', field) ?? {};

  test('says how lists merge', () => {
    const containers = property('PodSpec', 'containers');
    assert.equal(containers['x-kubernetes-patch-merge-key'], 'name');
    assert.equal(containers['x-kubernetes-patch-strategy'], 'merge');
    const volumes = property('PodSpec', 'volumes');
    assert.equal(volumes['x-kubernetes-patch-strategy'], 'merge,retainKeys');
    assert.equal(property('PodSpec', 'tolerations')['x-kubernetes-patch-strategy'], undefined);
  });

  test('says which fields are required', () => {
    assert.deepEqual(at(document, 'definitions', 'io.k8s.api.core.v1.PodSpec', 'required'), ['containers']);
  });

  test('offers strategic merge for built-in kinds only', () => {
    const consumes = (path: string) => at(document, 'paths', path, 'patch', 'consumes');
    const strategic = 'application/strategic-merge-patch+json';
    assert.ok((consumes('/api/v1/namespaces/{namespace}/pods/{name}') as string[]).includes(strategic));
    assert.ok(!(consumes('/apis/longshore.dev/v1alpha1/agents/{name}') as string[]).includes(strategic));
  });

  test("says of a custom resource's schema only what v2 can say", () => {
    const spec = objectAt(document, 'definitions', AGENT, 'properties', 'spec', 'properties') ?? {};
    assert.deepEqual(spec, { port: {}, free: {}, names: { type: 'array', items: { type: 'string' } } });
  });

  test('is the same as protobuf', () => {
    // A reader of its own: field numbers from gnostic's OpenAPIv2.proto, not from the encoder.
    const reader = protobuf
      .parse(
        `
      syntax = "proto3";
      message Any { string yaml = 2; }
      message NamedAny { string name = 1; Any value = 2; }
      message TypeItem { repeated string value = 1; }
      message ItemsItem { repeated Schema schema = 1; }
      message Properties { repeated NamedSchema additional_properties = 1; }
      message NamedSchema { string name = 1; Schema value = 2; }
      message Schema {
        string _ref = 1; string description = 4; repeated string required = 19; TypeItem type = 22;
        ItemsItem items = 23; Properties properties = 25; repeated NamedAny vendor_extension = 31;
      }
      message Document { string swagger = 1; Properties definitions = 9; }
    `,
        { keepCase: true },
      )
      .root.lookupType('Document');
    const decoded = reader.toObject(reader.decode(openapiV2Protobuf(resources))) as JsonObject;
    assert.equal(decoded['swagger'], '2.0');
    const named = (list: readonly JsonObject[], name: string) =>
      objectAt(
        list.find((item) => item['name'] === name),
        'value',
      );
    const schemas = objectsAt(decoded, 'definitions', 'additional_properties');
    assert.equal(schemas.length, Object.keys(objectAt(document, 'definitions') ?? {}).length);
    const spec = named(schemas, 'io.k8s.api.core.v1.PodSpec');
    assert.deepEqual(spec?.['required'], ['containers']);
    const containers = named(objectsAt(spec, 'properties', 'additional_properties'), 'containers');
    assert.deepEqual(at(containers, 'type', 'value'), ['array']);
    assert.equal(
      stringAt(objectsAt(containers, 'items', 'schema')[0], '_ref'),
      '#/definitions/io.k8s.api.core.v1.Container',
    );
    const extensions = objectsAt(containers, 'vendor_extension');
    assert.equal(named(extensions, 'x-kubernetes-patch-merge-key')?.['yaml'], '"name"');
    assert.match(
      String(
        named(objectsAt(named(schemas, POD), 'vendor_extension'), 'x-kubernetes-group-version-kind')?.[
          'yaml'
        ],
      ),
      /"kind":"Pod"/,
    );
  });
});

describe('v3', () => {
  test('the index names every group and version, with a hash that changes with the document', () => {
    const paths = objectAt(openapiV3Index(resources), 'paths') ?? {};
    assert.ok(Object.keys(paths).includes('api/v1'));
    const url = stringAt(paths, 'apis/longshore.dev/v1alpha1', 'serverRelativeURL') ?? '';
    assert.match(url, /^\/openapi\/v3\/apis\/longshore\.dev\/v1alpha1\?hash=[0-9A-F]{128}$/);
    const changed = { ...agents, schema: { type: 'object', description: 'Another.' } };
    const others = objectAt(openapiV3Index([...BUILTIN_RESOURCES, changed]), 'paths') ?? {};
    assert.notEqual(stringAt(others, 'apis/longshore.dev/v1alpha1', 'serverRelativeURL'), url);
    assert.deepEqual(others['api/v1'], paths['api/v1']);
  });

  test('a group and version that is not served has no document', () => {
    assert.equal(openapiV3(resources, 'apps/v1'), undefined);
  });

  test('patches say their kind and that the server validates fields', () => {
    const document = openapiV3(resources, 'v1');
    const patch = objectAt(document, 'paths', '/api/v1/namespaces/{namespace}/pods/{name}', 'patch');
    assert.deepEqual(patch?.['x-kubernetes-group-version-kind'], { group: '', version: 'v1', kind: 'Pod' });
    assert.ok(objectsAt(patch, 'parameters').some((parameter) => parameter['name'] === 'fieldValidation'));
    assert.ok(objectAt(patch, 'requestBody', 'content', 'application/strategic-merge-patch+json'));
  });

  test('a custom resource keeps its own schema, with metadata added', () => {
    const schema = objectAt(openapiV3(resources, 'longshore.dev/v1alpha1'), 'components', 'schemas', AGENT);
    assert.deepEqual(at(schema, 'properties', 'spec'), at(agents.schema, 'properties', 'spec'));
    assert.ok(objectAt(schema, 'properties', 'metadata'));
  });
});
