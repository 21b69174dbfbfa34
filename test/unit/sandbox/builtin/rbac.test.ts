import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';
import { authorize, ruleAllows } from '../../../../sandbox/builtin/rbac.ts';
import { Storage } from '../../../../sandbox/builtin/storage.ts';

const GROUP = 'rbac.authorization.k8s.io';
const get = (resource: string, more: object = {}) => ({ verb: 'get', group: '', resource, ...more });

test('a rule allows its verbs on its resources, subresources and names only', () => {
  const rule = (fields: object) => ({ apiGroups: [''], verbs: ['get'], resources: ['pods'], ...fields });
  const cases: readonly (readonly [object, object, boolean])[] = [
    [{}, {}, true],
    [{}, { verb: 'list' }, false],
    [{}, { group: 'apps' }, false],
    [{}, { subresource: 'log' }, false],
    [{ resources: ['pods/log'] }, { subresource: 'log' }, true],
    [{ resources: ['*/log'] }, { subresource: 'log' }, true],
    [{ resources: ['*'] }, { subresource: 'log' }, true],
    [{ resourceNames: ['a'] }, { name: 'a' }, true],
    [{ resourceNames: ['a'] }, { name: 'b' }, false],
    [{ resourceNames: ['a'] }, {}, false],
    [{ verbs: ['*'], apiGroups: ['*'] }, { verb: 'delete', group: 'apps' }, true],
  ];
  for (const [fields, attributes, expected] of cases) {
    assert.equal(
      ruleAllows(rule(fields), get('pods', attributes)),
      expected,
      JSON.stringify([fields, attributes]),
    );
  }
});

test('paths are allowed by prefix', () => {
  const rule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*'] };
  assert.equal(ruleAllows(rule, { verb: 'get', path: '/api/v1' }), true);
  assert.equal(ruleAllows(rule, { verb: 'get', path: '/healthz/x' }), false);
  assert.equal(ruleAllows(rule, get('pods')), false);
});

function clusterWith(...objects: object[]) {
  const storage = new Storage({ startRevision: 1, historyLimit: 10 });
  for (const object of objects) {
    const decoded = toKubeObject({ apiVersion: `${GROUP}/v1`, ...object });
    storage.put(`${decoded.kind.toLowerCase()}s.${GROUP}`, decoded);
  }
  return storage;
}

const reader = {
  kind: 'ClusterRole',
  metadata: { name: 'reader' },
  rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
};

test('a RoleBinding grants within its namespace, a ClusterRoleBinding everywhere', () => {
  const roleRef = { kind: 'ClusterRole', name: 'reader' };
  const storage = clusterWith(
    reader,
    {
      kind: 'RoleBinding',
      metadata: { name: 'b', namespace: 'a' },
      roleRef,
      subjects: [{ kind: 'User', name: 'ann' }],
    },
    {
      kind: 'ClusterRoleBinding',
      metadata: { name: 'c' },
      roleRef,
      subjects: [{ kind: 'Group', name: 'ops' }],
    },
  );
  const ann = { name: 'ann', groups: [] };
  const operator = { name: 'bob', groups: ['ops'] };
  assert.equal(authorize(storage, ann, get('pods', { namespace: 'a' })).allowed, true);
  assert.equal(authorize(storage, ann, get('pods', { namespace: 'b' })).allowed, false);
  assert.equal(authorize(storage, ann, get('pods')).allowed, false);
  assert.equal(authorize(storage, operator, get('pods')).allowed, true);
  assert.equal(authorize(storage, operator, get('secrets')).allowed, false);
});

test('a ServiceAccount subject without a namespace means the binding’s own', () => {
  const storage = clusterWith(reader, {
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace: 'a' },
    roleRef: { kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'default' }],
  });
  const account = (namespace: string) => ({ name: `system:serviceaccount:${namespace}:default`, groups: [] });
  assert.equal(authorize(storage, account('a'), get('pods', { namespace: 'a' })).allowed, true);
  assert.equal(authorize(storage, account('b'), get('pods', { namespace: 'a' })).allowed, false);
});

test('system:masters may do anything, and nobody else without a binding', () => {
  const storage = clusterWith();
  assert.equal(authorize(storage, { name: 'x', groups: ['system:masters'] }, get('secrets')).allowed, true);
  assert.equal(
    authorize(storage, { name: 'x', groups: ['system:authenticated'] }, get('pods')).allowed,
    false,
  );
});
