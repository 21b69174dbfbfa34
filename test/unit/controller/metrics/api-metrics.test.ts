import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expositionText } from '../../../../common/metrics/exposition.ts';
import { createApiMetrics, resourceOf } from '../../../../controller/metrics/api-metrics.ts';

describe('resourceOf', () => {
  const cases: [path: string, resource: string, hasName: boolean][] = [
    ['/api/v1/pods', 'pods', false],
    ['/api/v1/namespaces/default/pods/web', 'pods', true],
    ['/api/v1/namespaces/default/pods/web/status', 'pods/status', true],
    ['/api/v1/nodes/longshore/status', 'nodes/status', true],
    ['/api/v1/namespaces', 'namespaces', false],
    ['/api/v1/namespaces/default', 'namespaces', true],
    ['/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/longshore', 'leases', true],
    ['/apis/longshore.dev/v1alpha1/agents/pi/status', 'agents/status', true],
    ['/apis/authorization.k8s.io/v1/subjectaccessreviews', 'subjectaccessreviews', false],
    ['/version', 'other', true],
    ['/', 'other', true],
  ];
  for (const [path, resource, hasName] of cases) {
    it(`finds ${resource} in ${path}`, () => assert.deepEqual(resourceOf(path), { resource, hasName }));
  }
});

describe('requests to the API server', () => {
  it('are counted by verb, resource and code, and never by name', () => {
    const metrics = createApiMetrics();
    const exchange = { server: 'https://10.0.0.1:6443', isWatch: false, durationMs: 30 };
    const path = '/api/v1/namespaces/default/pods/web/status';
    metrics.exchanged({ ...exchange, method: 'PATCH', path, statusCode: 200 });
    metrics.exchanged({ ...exchange, method: 'PATCH', path: path.replace('web', 'db'), statusCode: 200 });
    metrics.exchanged({ ...exchange, method: 'GET', path: '/api/v1/pods', statusCode: 200, isWatch: true });
    metrics.exchanged({ ...exchange, method: 'GET', path: '/api/v1/pods', statusCode: undefined });
    const text = [...expositionText(metrics.families())].join('');
    assert.match(
      text,
      /^longshore_api_requests_total\{verb="patch",resource="pods\/status",code="200"\} 2$/m,
    );
    assert.match(text, /^longshore_api_requests_total\{verb="watch",resource="pods",code="200"\} 1$/m);
    assert.match(text, /^longshore_api_requests_total\{verb="list",resource="pods",code="<error>"\} 1$/m);
    assert.match(text, /^longshore_api_request_duration_seconds_bucket\{verb="patch",le="0.025"\} 0$/m);
    assert.match(text, /^longshore_api_request_duration_seconds_bucket\{verb="patch",le="0.1"\} 2$/m);
    assert.match(text, /^rest_client_requests_total\{code="200",host="10.0.0.1:6443",method="PATCH"\} 2$/m);
  });
});
