import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toKubeObject } from '../../../../sandbox/builtin/kube-object.ts';
import { defaultPod, defaultPullPolicy, qosClass } from '../../../../sandbox/builtin/pod-defaults.ts';

test('an image without a tag or with latest is always pulled', () => {
  const cases = [
    ['busybox', 'Always'],
    ['busybox:latest', 'Always'],
    ['busybox:1.36', 'IfNotPresent'],
    ['localhost:5000/busybox', 'Always'],
    ['localhost:5000/busybox:1', 'IfNotPresent'],
    ['busybox@sha256:abc', 'IfNotPresent'],
  ] as const;
  for (const [image, expected] of cases) assert.equal(defaultPullPolicy(image), expected, image);
});

function podWith(...resources: object[]) {
  const containers = resources.map((own, index) => ({ name: `c${index}`, image: 'busybox', resources: own }));
  return toKubeObject({ kind: 'Pod', metadata: {}, spec: { containers } });
}

test('the QoS class follows requests and limits of cpu and memory', () => {
  const full = { limits: { cpu: '1', memory: '1Gi' } };
  const cases: readonly (readonly [object[], string])[] = [
    [[{}], 'BestEffort'],
    [[{ requests: { cpu: '1' } }], 'Burstable'],
    [[full], 'Guaranteed'],
    [[full, {}], 'Burstable'],
    [[{ ...full, requests: { cpu: '1000m', memory: '1024Mi' } }], 'Guaranteed'],
    [[{ ...full, requests: { cpu: '500m' } }], 'Burstable'],
  ];
  for (const [resources, expected] of cases) {
    const pod = podWith(...resources);
    defaultPod(pod);
    assert.equal(qosClass(pod), expected, JSON.stringify(resources));
  }
});

test('defaults are the same when applied twice', () => {
  const pod = podWith({ limits: { cpu: '1' } });
  defaultPod(pod);
  const once = structuredClone(pod);
  defaultPod(pod);
  assert.deepEqual(pod, once);
});
