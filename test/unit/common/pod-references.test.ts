import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Pod } from '../../../common/pod.ts';
import { podReferences, type Reference, referenceKey } from '../../../common/pod-references.ts';
import { aPod } from '../../kit/pods.ts';

const keysOf = (spec: Partial<Pod['spec']>) =>
  [...podReferences(aPod({ namespace: 'shop', spec })).keys()].sort();
const env = (name: string) => [
  { name: 'A', valueFrom: { configMapKeyRef: { name, key: 'k' } } },
  { name: 'B', valueFrom: { secretKeyRef: { name, key: 'k' } } },
];

describe('what a pod refers to', () => {
  it('is the Services of its namespace when nothing else, or the cluster’s own alone', () => {
    assert.deepEqual(keysOf({}), ['services/shop']);
    assert.deepEqual(keysOf({ enableServiceLinks: false }), ['services/']);
  });

  it('is found in every container', () => {
    const whole = [{ configMapRef: { name: 'whole' } }, { secretRef: { name: 'whole' } }];
    const keys = keysOf({
      containers: [{ name: 'main', env: env('main'), envFrom: whole }],
      initContainers: [{ name: 'init', env: env('init') }],
      ephemeralContainers: [{ name: 'debug', env: env('debug') }],
    });
    const names = ['debug', 'init', 'main', 'whole'];
    assert.deepEqual(keys, [
      ...names.map((name) => `configmaps/shop/${name}`),
      ...names.map((name) => `secrets/shop/${name}`),
      'services/shop',
    ]);
  });

  it('is found in volumes and among the pull secrets', () => {
    const sources = [
      { configMap: { name: 'projected' } },
      { secret: { name: 'projected' } },
      { downwardAPI: { items: [] } },
    ];
    const keys = keysOf({
      imagePullSecrets: [{ name: 'registry' }, {}],
      volumes: [
        { name: 'a', configMap: { name: 'volume' } },
        { name: 'b', secret: { secretName: 'volume' } },
        { name: 'c', projected: { sources } },
        { name: 'd', emptyDir: {} },
      ],
    });
    assert.deepEqual(keys, [
      'configmaps/shop/projected',
      'configmaps/shop/volume',
      'secrets/shop/projected',
      'secrets/shop/registry',
      'secrets/shop/volume',
      'services/shop',
    ]);
  });

  it('is a token for each audience and lifetime, of its own ServiceAccount', () => {
    const serviceAccountToken = [
      { path: 'a' },
      { path: 'b', expirationSeconds: 3600 },
      { path: 'c', audience: 'vault/prod', expirationSeconds: 600 },
    ];
    const sources = serviceAccountToken.map((token) => ({ serviceAccountToken: token }));
    const pod = aPod({
      spec: { serviceAccountName: 'robot', volumes: [{ name: 'v', projected: { sources } }] },
    });
    const tokens = [...podReferences(pod)].filter(([, { kind }]) => kind === 'tokens');
    assert.deepEqual(
      tokens.map(([key]) => key),
      ['tokens/uid-web/3600/', 'tokens/uid-web/600/vault/prod'],
    );
    assert.deepEqual(tokens[1]?.[1], {
      kind: 'tokens',
      namespace: 'default',
      pod: { name: 'web', uid: 'uid-web' },
      serviceAccount: 'robot',
      audience: 'vault/prod',
      expirationSeconds: 600,
    });
  });

  it('is trust bundles by name, or by signer and labels however they are written', () => {
    const bundle = (clusterTrustBundle: object) => ({
      clusterTrustBundle: { path: 'p', ...clusterTrustBundle },
    });
    const keys = keysOf({
      volumes: [
        {
          name: 'v',
          projected: {
            sources: [
              bundle({ name: 'corp' }),
              bundle({ signerName: 'example.com/ca' }),
              bundle({ signerName: 'example.com/ca', labelSelector: {} }),
              bundle({ signerName: 'example.com/ca', labelSelector: { matchLabels: { a: '1', b: '2' } } }),
              bundle({ signerName: 'example.com/ca', labelSelector: { matchLabels: { b: '2', a: '1' } } }),
            ],
          },
        },
      ],
    });
    assert.deepEqual(keys, [
      'clustertrustbundles/name/corp',
      'clustertrustbundles/signer/example.com/ca/',
      'clustertrustbundles/signer/example.com/ca/[[["a","1"],["b","2"]],[]]',
      'clustertrustbundles/signer/example.com/ca/[[],[]]',
      'services/shop',
    ]);
  });

  it('has one key each, whatever is in its names', () => {
    const text = fc.stringMatching(/^[a-z/.]{1,6}$/);
    const name = fc.stringMatching(/^[a-z.]{1,6}$/);
    const reference: fc.Arbitrary<Reference> = fc.oneof(
      fc.record({
        kind: fc.constantFrom('configmaps' as const, 'secrets' as const),
        namespace: name,
        name: text,
      }),
      fc.record({ kind: fc.constant('services' as const), namespace: fc.option(name, { nil: undefined }) }),
      fc.record({
        kind: fc.constant('tokens' as const),
        namespace: fc.constant('n'),
        pod: fc.record({ name: fc.constant('p'), uid: name }),
        serviceAccount: fc.constant('s'),
        audience: text,
        expirationSeconds: fc.constantFrom(600, 3600),
      }),
      fc.record({
        kind: fc.constant('clustertrustbundles' as const),
        bundles: fc.oneof(
          fc.record({ name: text }),
          fc.record({ signerName: text, labelSelector: fc.constantFrom(undefined, {}) }),
        ),
      }),
    );
    fc.assert(
      fc.property(reference, reference, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        assert.equal(referenceKey(a) === referenceKey(b), same);
      }),
    );
  });
});
