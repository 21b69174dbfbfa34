import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podVolumes, type Volume } from '../../../../agent/pod/pod-volume.ts';
import { type VolumeFiles, volumeFiles } from '../../../../agent/pod/volume-files.ts';
import type { Pod } from '../../../../common/pod.ts';
import { type ObjectsWish, objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

type Source = Omit<Volume, 'name'>;

const MACHINE = { cpuMilli: 4000, memoryBytes: 1 << 30, ephemeralStorageBytes: 1e9 };

interface Wish extends ObjectsWish {
  readonly spec?: Partial<Pod['spec']>;
  readonly metadata?: Partial<Pod['metadata']>;
}

function volumeOf(source: Source, { spec, metadata, ...wish }: Wish = {}) {
  const containers = (spec?.containers ?? [{ name: 'main' }]).map((container) => ({
    ...container,
    volumeMounts: [{ name: 'v', mountPath: '/v' }],
  }));
  const pod = aPod({ metadata, spec: { ...spec, volumes: [{ name: 'v', ...source }], containers } });
  const context = { pod, objects: objectsOf(wish, pod), machine: MACHINE };
  const [volume] = podVolumes(context);
  assert.equal(volume?.kind, 'files');
  return { volume, files: volume?.kind === 'files' ? volumeFiles(volume, context) : undefined };
}

/** `path mode content`, with the owner where it is another. */
function listing(files: VolumeFiles | undefined): readonly string[] {
  assert.equal(files?.kind, 'ok', JSON.stringify(files));
  if (files?.kind !== 'ok') return [];
  return [...files.files].map(([path, { mode, owner, content }]) => {
    const of = owner === undefined ? '' : ` ${owner}`;
    return `${path} ${mode.toString(8)}${of} ${Buffer.from(content).toString()}`;
  });
}

const filesOf = (source: Source, wish?: Wish) => listing(volumeOf(source, wish).files);
const problemOf = (source: Source, wish?: Wish) => {
  const { files } = volumeOf(source, wish);
  assert.equal(files?.kind, 'problem', JSON.stringify(files));
  return files?.kind === 'problem' ? files.message : '';
};

const OBJECTS = {
  configMaps: { settings: { colour: 'green', shade: 'dark' } },
  secrets: { keys: { password: 's3cret', token: 'abc' } },
};

describe('the files of a volume', () => {
  it('are all keys of a ConfigMap or Secret, binary ones too', () => {
    assert.deepEqual(filesOf({ configMap: { name: 'settings' } }, OBJECTS), [
      'colour 644 green',
      'shade 644 dark',
    ]);
    assert.deepEqual(filesOf({ secret: { secretName: 'keys', defaultMode: 0o400 } }, OBJECTS), [
      'password 400 s3cret',
      'token 400 abc',
    ]);
  });

  it('have the paths and modes that were chosen', () => {
    const items = [
      { key: 'shade', path: 'deep/down/dark' },
      { key: 'colour', path: 'run', mode: 0o755 },
    ];
    const expected = ['deep/down/dark 600 dark', 'run 755 green'];
    assert.deepEqual(
      filesOf({ configMap: { name: 'settings', items, defaultMode: 0o600 } }, OBJECTS),
      expected,
    );
    const sources = [{ configMap: { name: 'settings', items } }];
    assert.deepEqual(filesOf({ projected: { sources, defaultMode: 0o600 } }, OBJECTS), expected);
  });

  it('of several sources are together, and the later wins', () => {
    const sources = [
      { configMap: { name: 'settings' } },
      { secret: { name: 'keys', items: [{ key: 'password', path: 'colour' }] } },
    ];
    assert.deepEqual(filesOf({ projected: { sources } }, OBJECTS), ['colour 644 s3cret', 'shade 644 dark']);
  });

  it('tell a pod of itself', () => {
    const field = (path: string, fieldPath: string, mode?: number) => ({
      path,
      mode,
      fieldRef: { fieldPath },
    });
    const items = [
      field('labels', 'metadata.labels'),
      field('annotations', 'metadata.annotations', 0o400),
      field('name', 'metadata.name'),
      field('one', "metadata.labels['tier']"),
      { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
      { path: 'memory', resourceFieldRef: { containerName: 'main', resource: 'requests.memory' } },
    ];
    const resources = { requests: { memory: '1Mi' } };
    const wish = {
      metadata: {
        labels: { tier: 'web', 'app.kubernetes.io/name': 'shop', app: 'shop' },
        annotations: { note: 'say "hi"\nthere' },
      },
      spec: { containers: [{ name: 'main', resources }] },
    };
    const expected = [
      'labels 644 app="shop"\napp.kubernetes.io/name="shop"\ntier="web"',
      'annotations 400 note="say \\"hi\\"\\nthere"',
      'name 644 web',
      'one 644 web',
      'cpu 644 4000',
      'memory 644 1048576',
    ];
    assert.deepEqual(filesOf({ downwardAPI: { items } }, wish), expected);
    assert.deepEqual(filesOf({ projected: { sources: [{ downwardAPI: { items } }] } }, wish), expected);
    assert.equal(
      problemOf({ downwardAPI: { items: [field('x', 'status.phase')] } }, wish),
      'unsupported fieldPath: status.phase',
    );
  });

  it('of trust bundles hold their certificates, or nothing where that will do', () => {
    const bundle = (wish: object) => ({
      projected: { sources: [{ clusterTrustBundle: { path: 'ca.pem', ...wish } }] },
    });
    assert.deepEqual(filesOf(bundle({ name: 'roots' }), { bundle: 'PEM' }), ['ca.pem 644 PEM']);
    assert.deepEqual(filesOf(bundle({ name: 'roots', optional: true })), ['ca.pem 644 ']);
    assert.equal(
      problemOf(bundle({ name: 'roots' })),
      'while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "roots" not found',
    );
    assert.equal(
      problemOf(bundle({ signerName: 'example.com/x', labelSelector: {} })),
      'combination of signerName and labelSelector matched zero ClusterTrustBundles',
    );
  });

  describe('that prove who one is', () => {
    const token = { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } };
    const as = (runAsUser?: number) => ({ name: `c${runAsUser}`, securityContext: { runAsUser } });
    for (const [what, spec, expected] of [
      ['anybody, where containers run as their images say', {}, 'token 644 jwt'],
      ['their one user', { securityContext: { runAsUser: 7 } }, 'token 600 7 jwt'],
      ['their one user, by each container', { containers: [as(7), as(7)] }, 'token 600 7 jwt'],
      ['anybody, where users differ', { containers: [as(7), as(8)] }, 'token 644 jwt'],
      ['anybody, where one is not told', { containers: [as(7), as()] }, 'token 644 jwt'],
      ['the group', { securityContext: { fsGroup: 9 } }, 'token 640 jwt'],
      ['both', { securityContext: { fsGroup: 9, runAsUser: 7 } }, 'token 640 7 jwt'],
      [
        'anybody, where an init container differs',
        { containers: [as(7)], initContainers: [as(8)] },
        'token 644 jwt',
      ],
    ] as const) {
      it(`are for ${what}`, () => {
        assert.deepEqual(
          filesOf(token, { token: 'jwt', spec: structuredClone(spec) as Partial<Pod['spec']> }),
          [expected],
        );
      });
    }
  });

  it('may be read by the group of the pod, whatever their mode', () => {
    const spec = { securityContext: { fsGroup: 9 } };
    assert.deepEqual(filesOf({ configMap: { name: 'settings', defaultMode: 0o600 } }, { ...OBJECTS, spec }), [
      'colour 640 green',
      'shade 640 dark',
    ]);
  });

  it('are none where the source may be missing', () => {
    const items = [{ key: 'k', path: 'p' }];
    for (const source of [
      { configMap: { name: 'none', optional: true } },
      { configMap: { name: 'none', optional: true, items } },
      { configMap: { name: 'settings', optional: true, items } },
      { secret: { secretName: 'none', optional: true } },
      { secret: { secretName: 'keys', optional: true, items } },
      { projected: { sources: [{ configMap: { name: 'none', optional: true } }] } },
    ]) {
      assert.deepEqual(filesOf(source, OBJECTS), []);
    }
  });

  const items = [{ key: 'k', path: 'p' }];
  for (const [source, message] of [
    [{ configMap: { name: 'none' } }, 'configmap "none" not found'],
    [{ secret: { secretName: 'none' } }, 'secret "none" not found'],
    [{ configMap: { name: 'settings', items } }, 'configmap references non-existent config key: k'],
    [{ secret: { secretName: 'keys', items } }, 'references non-existent secret key: k'],
    [
      { projected: { sources: [{ configMap: { name: 'none' } }, { secret: { name: 'nil' } }] } },
      '[configmap "none" not found, secret "nil" not found]',
    ],
  ] as const) {
    it(`say ${message}`, () => {
      assert.equal(problemOf(structuredClone(source) as Source, OBJECTS), message);
    });
  }

  for (const [path, message] of [
    ['/etc/passwd', 'invalid path: must be relative path: /etc/passwd'],
    ['a/../../b', "invalid path: must not contain '..': a/../../b"],
    ['..data', "invalid path: must not start with '..': ..data"],
    ['', 'invalid path: must not be empty'],
    ['x'.repeat(4097), 'invalid path: must be less than or equal to 4096 characters'],
  ] as const) {
    it(`never lie at '${path.slice(0, 20)}'`, () => {
      const wished = [{ key: 'colour', path }];
      assert.equal(problemOf({ configMap: { name: 'settings', items: wished } }, OBJECTS), message);
    });
  }

  it('are not known while a source has not been heard of', () => {
    const unknown = (source: Source, wish: Wish) => volumeOf(source, wish).files;
    const source = { configMap: { name: 'settings' } };
    assert.deepEqual(unknown(source, { unknown: { settings: undefined } }), {
      kind: 'unknown',
      message: 'failed to sync configmap cache: timed out waiting for the condition',
      lasting: false,
    });
    assert.deepEqual(unknown(source, { unknown: { settings: 'forbidden' } }), {
      kind: 'unknown',
      message: 'failed to sync configmap cache: forbidden',
      lasting: true,
    });
    const token = { projected: { sources: [{ serviceAccountToken: { path: 't' } }, source] } };
    const refused = { tokens: 'serviceaccounts "shop" not found' };
    assert.deepEqual(unknown(token, { ...OBJECTS, unknown: refused }), {
      kind: 'unknown',
      message: 'failed to fetch token: serviceaccounts "shop" not found',
      lasting: true,
    });
  });

  it('that may be secret are kept in memory', () => {
    const inMemory = (source: Source) => {
      const { volume } = volumeOf(source, OBJECTS);
      return volume?.kind === 'files' && volume.inMemory;
    };
    assert.equal(inMemory({ configMap: { name: 'settings' } }), false);
    for (const source of [
      { secret: { secretName: 'keys' } },
      { downwardAPI: { items: [] } },
      { projected: { sources: [{ configMap: { name: 'settings' } }] } },
    ])
      assert.equal(inMemory(source), true);
  });

  it('are others once anything they say has changed, and only then', () => {
    const sources = [
      { configMap: { name: 'settings' } },
      { secret: { name: 'keys', optional: true } },
      { serviceAccountToken: { path: 'token' } },
      { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    const revision = (wish: Wish) => {
      const { volume } = volumeOf({ projected: { sources } }, { ...OBJECTS, token: 'jwt', ...wish });
      return volume?.kind === 'files' ? volume.revision : '';
    };
    const first = revision({});
    assert.equal(revision({ metadata: { annotations: { other: 'x' } } }), first);
    const others = [
      revision({ configMaps: {} }),
      revision({ secrets: {} }),
      revision({ metadata: { labels: { app: 'shop' } } }),
      revision({ unknown: { tokens: undefined } }),
    ];
    assert.equal(new Set([first, ...others]).size, 5);
  });
});
