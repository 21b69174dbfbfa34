import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';
import { parseLabelSelector } from '../../../../sandbox/builtin/label-selector.ts';
import { Registry } from '../../../../sandbox/builtin/registry.ts';
import { matchesLabelSelector, parseFieldSelector } from '../../../../sandbox/builtin/selectors.ts';

const pods = new Registry().builtin('pods');

function pod(labels: Record<string, string>, fields: object = {}) {
  return toKubeObject({ metadata: { name: 'web', namespace: 'default', labels }, ...fields });
}

test('label selectors match as the API server matches them', () => {
  const cases: readonly (readonly [string, Record<string, string>, boolean])[] = [
    ['', {}, true],
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'web' }, true],
    ['app=web', {}, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['app', { app: '' }, true],
    ['!app', { app: '' }, false],
    ['!app', {}, true],
    ['app in (a, b),tier', { app: 'b', tier: 'x' }, true],
    ['app in (a,b)', { app: 'c' }, false],
    ['app notin (a,b)', {}, true],
    ['app notin (a,b)', { app: 'a' }, false],
    ['example.com/size>3', { 'example.com/size': '4' }, true],
    ['size<3', { size: '4' }, false],
    ['size>3', { size: 'big' }, false],
    ['app=', { app: '' }, true],
  ];
  for (const [selector, labels, expected] of cases) {
    assert.equal(
      parseLabelSelector(selector)(pod(labels)),
      expected,
      `${selector} on ${JSON.stringify(labels)}`,
    );
  }
});

test('a malformed label selector is a bad request', () => {
  for (const selector of ['a b', 'in (x)', 'app=a=b', '=x', 'a in x']) {
    assert.throws(() => parseLabelSelector(selector), { httpCode: 400 }, selector);
  }
});

test('field selectors match the fields the real server knows, absent ones as their default', () => {
  const running = pod({}, { spec: { nodeName: 'longshore' }, status: { phase: 'Running' } });
  const cases: readonly (readonly [string, boolean])[] = [
    ['spec.nodeName=longshore', true],
    ['spec.nodeName!=longshore', false],
    ['spec.nodeName=longshore,status.phase!=Failed,status.phase!=Succeeded', true],
    ['metadata.name=web,metadata.namespace=default', true],
    ['metadata.name=other', false],
    ['spec.hostNetwork=false', true],
    ['status.podIP=', true],
  ];
  for (const [selector, expected] of cases) {
    assert.equal(parseFieldSelector(selector, pods)(running), expected, selector);
  }
});

test('a field the real server does not select by is refused', () => {
  assert.throws(() => parseFieldSelector('spec.dnsPolicy=Default', pods), {
    message: 'field label not supported: spec.dnsPolicy',
  });
});

test('events.k8s.io fields select the stored event', () => {
  const event = toKubeObject({
    metadata: { name: 'e' },
    involvedObject: { name: 'web' },
    source: { component: 'kubelet' },
  });
  const registry = new Registry();
  assert.equal(
    parseFieldSelector('regarding.name=web', registry.builtin('events', 'events.k8s.io'))(event),
    true,
  );
  assert.equal(parseFieldSelector('source=kubelet', registry.builtin('events'))(event), true);
});

test('a label selector object needs all of its parts, and an absent one selects nothing', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['db'] }],
  };
  assert.equal(matchesLabelSelector(selector, { app: 'web' }), true);
  assert.equal(matchesLabelSelector(selector, { app: 'web', tier: 'db' }), false);
  assert.equal(matchesLabelSelector({}, {}), true);
  assert.equal(matchesLabelSelector(undefined, { app: 'web' }), false);
});
