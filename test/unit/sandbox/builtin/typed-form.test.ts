import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';
import { readModels } from '../../../../sandbox/builtin/openapi/models.ts';
import { readZeroValues } from '../../../../sandbox/builtin/openapi/zero-values.ts';
import { Registry } from '../../../../sandbox/builtin/registry.ts';
import { createTypedForm } from '../../../../sandbox/builtin/typed-form.ts';

const registry = new Registry();
const formed = createTypedForm();
const metadata = { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

function podOf(fields: object) {
  return formed(
    registry.builtin('pods'),
    toKubeObject({ apiVersion: 'v1', kind: 'Pod', metadata, ...fields }),
  );
}

test('empty values are left out, unless their field is an optional pointer', () => {
  const { spec } = podOf({
    spec: {
      containers: [{ name: 'c', env: [], command: null, tty: false, workingDir: '' }],
      hostNetwork: false,
      shareProcessNamespace: false,
      terminationGracePeriodSeconds: 0,
      nodeSelector: {},
      securityContext: {},
      volumes: [{ name: 'v', emptyDir: {} }],
    },
  });
  assert.deepEqual(spec, {
    containers: [{ name: 'c', resources: {} }],
    shareProcessNamespace: false,
    terminationGracePeriodSeconds: 0,
    securityContext: {},
    volumes: [{ name: 'v', emptyDir: {} }],
  });
});

test('fields that Go always writes are there', () => {
  const { status } = podOf({
    status: { conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [{ name: 'c' }] },
  });
  assert.deepEqual(status, {
    conditions: [{ type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: null }],
    containerStatuses: [
      { name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state: {}, lastState: {} },
    ],
  });
});

test('times and quantities have one spelling', () => {
  const { status, spec } = podOf({
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    status: { startTime: '2026-01-01T01:00:00.75+01:00' },
  });
  assert.deepEqual(status, { startTime: '2026-01-01T00:00:00Z' });
  assert.partialDeepStrictEqual(spec, {
    containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }],
  });
  const lease = toKubeObject({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { renewTime: '2026-01-01T00:00:00.5Z' },
  });
  assert.deepEqual(formed(registry.builtin('leases', 'coordination.k8s.io'), lease)['spec'], {
    renewTime: '2026-01-01T00:00:00.500000Z',
  });
});

test('of a custom resource only the metadata has a form', () => {
  const resource = { ...registry.builtin('nodes'), kind: 'Agent', schema: {} };
  const agent = toKubeObject({
    apiVersion: 'longshore.dev/v1alpha1',
    kind: 'Agent',
    metadata: { ...metadata, labels: {}, finalizers: [] },
    spec: { empty: '', none: null },
  });
  assert.deepEqual(formed(resource, agent), { ...agent, metadata, spec: { empty: '', none: null } });
});

test('zero-values.json knows the fields of the models, and no others', () => {
  const models = readModels();
  for (const [type, { kept = [], shown = {} }] of Object.entries(readZeroValues())) {
    const fields = Object.keys(models[type]?.fields ?? {});
    for (const name of [...kept, ...Object.keys(shown)]) assert.ok(fields.includes(name), `${type}.${name}`);
  }
});
