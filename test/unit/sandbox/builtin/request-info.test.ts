import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequest } from '../../../../sandbox/builtin/request-info.ts';

const parse = (method: string, path: string) => parseRequest(method, new URL(path, 'https://localhost'));
const core = { kind: 'resource', group: '', version: 'v1' };

test('paths name resources, objects and subresources', () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ['GET', '/api/v1/nodes', { ...core, verb: 'list', plural: 'nodes' }],
    ['GET', '/api/v1/namespaces', { ...core, verb: 'list', plural: 'namespaces' }],
    ['DELETE', '/api/v1/namespaces/a', { ...core, verb: 'delete', plural: 'namespaces', name: 'a' }],
    [
      'PUT',
      '/api/v1/namespaces/a/status',
      { ...core, verb: 'update', plural: 'namespaces', name: 'a', subresource: 'status' },
    ],
    ['GET', '/api/v1/namespaces/a/pods?watch=1', { ...core, verb: 'watch', plural: 'pods', namespace: 'a' }],
    [
      'GET',
      '/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dn',
      { ...core, verb: 'watch', plural: 'nodes', name: 'n' },
    ],
    [
      'DELETE',
      '/api/v1/namespaces/a/pods',
      { ...core, verb: 'deletecollection', plural: 'pods', namespace: 'a' },
    ],
    [
      'PATCH',
      '/api/v1/namespaces/a/pods/p/status',
      { ...core, verb: 'patch', plural: 'pods', namespace: 'a', name: 'p', subresource: 'status' },
    ],
    [
      'GET',
      '/api/v1/nodes/n/proxy/stats/summary',
      { ...core, verb: 'get', plural: 'nodes', name: 'n', subresource: 'proxy', rest: 'stats/summary' },
    ],
    [
      'POST',
      '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
      {
        kind: 'resource',
        verb: 'create',
        group: 'coordination.k8s.io',
        version: 'v1',
        plural: 'leases',
        namespace: 'kube-node-lease',
      },
    ],
    [
      'GET',
      '/apis/longshore.dev/v1alpha1/agents/pi',
      {
        kind: 'resource',
        verb: 'get',
        group: 'longshore.dev',
        version: 'v1alpha1',
        plural: 'agents',
        name: 'pi',
      },
    ],
  ];
  for (const [method, path, expected] of cases) assert.deepEqual(parse(method, path), expected, path);
});

test('discovery, health and OpenAPI are paths and no resources', () => {
  for (const path of [
    '/',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/policy',
    '/apis/policy/v1',
    '/healthz',
    '/openapi/v3/api/v1',
  ]) {
    assert.deepEqual(parse('GET', path), { kind: 'path', verb: 'get', path }, path);
  }
});
