import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accessAlternatives, findRoute, parseTarget } from '../../../../controller/kubelet/routes.ts';

const route = (method: string, path: string) => findRoute(method, parseTarget(path)?.segments ?? ['?']);

describe('findRoute', () => {
  const logs = { kind: 'containerLogs', namespace: 'default', pod: 'web-0', container: 'nginx' };
  const exec = { kind: 'exec', namespace: 'default', pod: 'web-0' };
  const notAllowed = (allow: string) => ({ kind: 'methodNotAllowed', allow });
  const notFound = { kind: 'notFound' };
  const cases: [method: string, path: string, expected: object][] = [
    ['GET', '/containerLogs/default/web-0/nginx', logs],
    ['GET', '/containerLogs/default/web-0/nginx/', logs],
    ['GET', '/containerLogs/default/web-0/nginx?follow=true', logs],
    ['GET', '/containerLogs/default/web%2D0/nginx', logs],
    ['POST', '/containerLogs/default/web-0/nginx', notAllowed('GET')],
    ['HEAD', '/containerLogs/default/web-0/nginx', notAllowed('GET')],
    ['GET', '/containerLogs/default/web-0', notFound],
    ['GET', '/containerLogs/default//nginx', notFound],
    ['GET', '/containerLogs/default/web-0/nginx/more', notFound],
    ['GET', '/containerLogs/a/../b', { ...logs, namespace: 'a', pod: '..', container: 'b' }],
    ['GET', '/pods', { kind: 'pods' }],
    ['GET', '/pods/', { kind: 'pods' }],
    ['DELETE', '/pods', notAllowed('GET')],
    ['GET', '/pods%2Fx', notFound],
    ['GET', '/PODS', notFound],
    ['GET', '/healthz', { kind: 'healthz', checks: ['log', 'ping', 'syncloop'] }],
    ['GET', '/healthz/log', { kind: 'healthz', checks: ['log'] }],
    ['GET', '/healthz/ping', { kind: 'healthz', checks: ['ping'] }],
    ['GET', '/healthz/syncloop', { kind: 'healthz', checks: ['syncloop'] }],
    ['GET', '/healthz/etcd', notFound],
    ['POST', '/exec/default/web-0/nginx?command=ls', { ...exec, container: 'nginx' }],
    ['GET', '/exec/default/web-0/u-1/nginx', { ...exec, uid: 'u-1', container: 'nginx' }],
    ['PUT', '/exec/default/web-0/nginx', notAllowed('GET, POST')],
    ['POST', '/attach/default/web-0/nginx', { ...exec, kind: 'attach', container: 'nginx' }],
    ['GET', '/attach/default/web-0/u-1/nginx', { ...exec, kind: 'attach', uid: 'u-1', container: 'nginx' }],
    ['POST', '/portForward/default/web-0', { ...exec, kind: 'portForward' }],
    ['GET', '/portForward/default/web-0/u-1', { ...exec, kind: 'portForward', uid: 'u-1' }],
    ['POST', '/run/default/web-0/nginx?cmd=ls', { ...exec, kind: 'run', container: 'nginx' }],
    ['GET', '/run/default/web-0/nginx', notAllowed('POST')],
    ['GET', '/metrics', { kind: 'metrics' }],
    ['POST', '/metrics', notAllowed('GET')],
    ['GET', '/metrics/elsewhere', notFound],
    ['GET', '/stats/summary', { kind: 'figures', what: 'summary' }],
    ['GET', '/stats/summary/?only_cpu_and_memory=true', { kind: 'figures', what: 'summary' }],
    ['GET', '/stats', notFound],
    ['GET', '/metrics/resource', { kind: 'figures', what: 'resource' }],
    ['GET', '/metrics/cadvisor', { kind: 'figures', what: 'cadvisor' }],
    ['GET', '/metrics/probes', { kind: 'figures', what: 'probes' }],
    ['GET', '/metrics/slis', { kind: 'slis' }],
    ['POST', '/metrics/slis', notAllowed('GET')],
    ['POST', '/metrics/resource', notAllowed('GET')],
    ['GET', '/runningpods/', { kind: 'runningPods' }],
    ['GET', '/configz', { kind: 'configz' }],
    ['POST', '/checkpoint/default/web-0/nginx?timeout=3', { kind: 'checkpoint' }],
    ['GET', '/checkpoint/default/web-0/nginx', notAllowed('POST')],
    ['GET', '/', notFound],
  ];
  for (const [method, path, expected] of cases) {
    it(`takes ${method} ${path} as ${Object.values(expected).join(' ')}`, () =>
      assert.deepEqual(route(method, path), expected));
  }
});

describe('parseTarget', () => {
  for (const url of ['', 'pods', '*', 'http://x/pods', '/%', '/pods/%zz', '/%ff']) {
    it(`refuses ${JSON.stringify(url)}`, () => assert.equal(parseTarget(url), undefined));
  }

  it('reads any escaped segment back as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (segments) => {
        const path = `/${segments.map((segment) => encodeURIComponent(segment.toWellFormed())).join('/')}?a=b`;
        assert.deepEqual(
          parseTarget(path)?.segments,
          segments.map((segment) => segment.toWellFormed()),
        );
      }),
    );
  });
});

describe('accessAlternatives', () => {
  const cases: [method: string, path: string, verb: string, subresources: string[]][] = [
    ['GET', '/stats/summary', 'get', ['stats']],
    ['GET', '/stats', 'get', ['stats']],
    ['GET', '/metrics', 'get', ['metrics']],
    ['GET', '/metrics/resource', 'get', ['metrics']],
    ['GET', '/metrics/slis', 'get', ['metrics']],
    ['GET', '/logs/syslog', 'get', ['log']],
    ['POST', '/checkpoint/ns/pod/c', 'create', ['checkpoint']],
    ['GET', '/pods', 'get', ['pods', 'proxy']],
    ['GET', '/runningpods/', 'get', ['pods', 'proxy']],
    ['GET', '/healthz/ping', 'get', ['healthz', 'proxy']],
    ['GET', '/configz', 'get', ['configz', 'proxy']],
    ['GET', '/flagz', 'get', ['configz']],
    ['GET', '/statusz', 'get', ['statusz']],
    ['GET', '/containerLogs/ns/pod/c', 'get', ['proxy']],
    ['POST', '/exec/ns/pod/c', 'create', ['proxy']],
    ['GET', '/exec/ns/pod/c', 'create', ['proxy']],
    ['GET', '/attach/ns/pod/c', 'create', ['proxy']],
    ['GET', '/portForward/ns/pod', 'create', ['proxy']],
    ['PUT', '/exec/ns/pod/c', 'create', ['proxy']],
    ['PATCH', '/pods', 'patch', ['pods', 'proxy']],
    ['DELETE', '/anything', 'delete', ['proxy']],
    ['GET', '/', 'get', ['proxy']],
    ['GET', '/podsx', 'get', ['proxy']],
    ['GET', '/constructor', 'get', ['proxy']],
  ];
  for (const [method, path, verb, subresources] of cases) {
    it(`asks for ${verb} nodes/${subresources.join(' or ')} at ${method} ${path}`, () => {
      const segments = parseTarget(path)?.segments ?? [];
      assert.deepEqual(
        accessAlternatives({ method, segments, nodeName: 'longshore' }),
        subresources.map((subresource) => ({
          group: '',
          version: 'v1',
          resource: 'nodes',
          name: 'longshore',
          verb,
          subresource,
        })),
      );
    });
  }

  it('has nothing to ask for a method that the API has no verb for', () =>
    assert.deepEqual(accessAlternatives({ method: 'HEAD', segments: ['pods'], nodeName: 'longshore' }), []));
});
