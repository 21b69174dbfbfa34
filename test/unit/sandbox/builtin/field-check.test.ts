import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createFieldCheck, decodingMessage, strictProblem } from '../../../../sandbox/builtin/field-check.ts';
import type { JsonObject, ResourceDefinition } from '../../../../sandbox/builtin/resource.ts';
import { BUILTIN_RESOURCES } from '../../../../sandbox/builtin/resource-table.ts';

const check = createFieldCheck();

function builtin(plural: string, group = ''): ResourceDefinition {
  const found = BUILTIN_RESOURCES.find((resource) => resource.plural === plural && resource.group === group);
  assert.ok(found);
  return found;
}
const pods = builtin('pods');

const container = (fields: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', labels: { a: '1' } },
  spec: { containers: [{ name: 'c', ...fields }] },
});

describe('the field check', () => {
  const clean: { name: string; object: JsonObject }[] = [
    {
      name: 'texts, lists and nested objects',
      object: container({ image: 'x', command: ['a'], env: [{ name: 'A' }] }),
    },
    {
      name: 'quantities, as text and as numbers',
      object: container({ resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: 0.5 } } }),
    },
    {
      name: 'ports by number and by name',
      object: container({
        livenessProbe: { httpGet: { port: 'http' } },
        readinessProbe: { httpGet: { port: 80 } },
      }),
    },
    { name: 'nulls anywhere', object: container({ image: null, env: null, securityContext: null }) },
    { name: 'times', object: { metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z' } } },
  ];
  for (const { name, object } of clean) {
    test(`takes ${name}`, () =>
      assert.deepEqual(check(pods, object), { object, unknown: [], mistyped: undefined }));
  }

  test('drops unknown fields and says where they were', () => {
    const object = container({ image: 'x', imge: 'y' });
    const result = check(pods, { ...object, extra: 1, metadata: { name: 'p', label: {} } });
    assert.deepEqual(result.unknown, [
      'unknown field "metadata.label"',
      'unknown field "spec.containers[0].imge"',
      'unknown field "extra"',
    ]);
    assert.deepEqual(result.object, { ...container({ image: 'x' }), metadata: { name: 'p' } });
    assert.equal(
      decodingMessage(pods, strictProblem(['unknown field "extra"'])),
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "extra"',
    );
  });

  const mistyped: { name: string; object: JsonObject; want: string }[] = [
    {
      name: 'a number as text',
      object: container({ env: [{ name: 'A', value: 1 }] }),
      want: 'number into Go struct field EnvVar.spec.containers.env.value of type string',
    },
    {
      name: 'a bool as text',
      object: container({ env: [{ name: 'A', value: true }] }),
      want: 'bool into Go struct field EnvVar.spec.containers.env.value of type string',
    },
    {
      name: 'text as a number',
      object: container({ ports: [{ containerPort: '80' }] }),
      want: 'string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    },
    {
      name: 'a fraction as a whole number',
      object: container({ ports: [{ containerPort: 1.5 }] }),
      want: 'number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    },
    {
      name: 'an object as a list',
      object: { spec: { containers: {} } },
      want: 'object into Go struct field PodSpec.spec.containers of type []v1.Container',
    },
    {
      name: 'a list as an object',
      object: { spec: [] },
      want: 'array into Go struct field Pod.spec of type v1.PodSpec',
    },
    {
      name: 'a number in a map of texts',
      object: { spec: { nodeSelector: { a: 1 } } },
      want: 'number into Go struct field PodSpec.spec.nodeSelector of type string',
    },
  ];
  for (const { name, object, want } of mistyped) {
    test(`refuses ${name}`, () =>
      assert.equal(check(pods, object).mistyped, `json: cannot unmarshal ${want}`));
  }

  test('leaves custom resources to their schema', () => {
    const agents = { ...pods, group: 'longshore.dev', kind: 'Agent', printerColumns: [] };
    const object = { spec: { anything: 1 } };
    assert.deepEqual(check(agents, object), { object, unknown: [], mistyped: undefined });
  });

  test('a field by the name of a prototype is unknown like any other', () => {
    assert.deepEqual(check(pods, { constructor: 1 }).unknown, ['unknown field "constructor"']);
  });
});
