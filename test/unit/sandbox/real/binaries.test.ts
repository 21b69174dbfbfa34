import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  binaryFolders,
  findBinaries,
  findMetricsServer,
  noBinaries,
} from '../../../../sandbox/real/binaries.ts';
import { KUBERNETES_VERSION } from '../../../../sandbox/real/version.ts';

const KUBERNETES = ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager'];

/** A machine with these programs and no others. */
const machine = (programs: Record<string, readonly string[]>) => {
  const paths = new Set(
    Object.entries(programs).flatMap(([folder, names]) => names.map((name) => `${folder}/${name}`)),
  );
  return (path: string) => paths.has(path);
};

describe('the programs of a real control plane', () => {
  it('are taken from the first folder that holds those of Kubernetes', () => {
    const found = findBinaries(
      ['/a', '/b', '/c'],
      machine({ '/b': [...KUBERNETES, 'etcd'], '/c': KUBERNETES }),
    );
    assert.deepEqual(found, {
      etcd: '/b/etcd',
      apiServer: '/b/kube-apiserver',
      scheduler: '/b/kube-scheduler',
      controllerManager: '/b/kube-controller-manager',
    });
  });

  it('may have a metrics-server beside them, or anywhere', () => {
    assert.equal(findMetricsServer(['/a', '/b'], machine({ '/b': ['metrics-server'] })), '/b/metrics-server');
    assert.equal(findMetricsServer(['/a'], machine({ '/a': KUBERNETES })), undefined);
  });

  it('may have their etcd elsewhere', () => {
    const found = findBinaries(['/a', '/b'], machine({ '/a': ['etcd'], '/b': KUBERNETES }));
    assert.equal(found?.etcd, '/a/etcd');
  });

  for (const missing of [...KUBERNETES, 'etcd']) {
    it(`are not there when ${missing} is missing`, () => {
      const names = [...KUBERNETES, 'etcd'].filter((name) => name !== missing);
      assert.equal(findBinaries(['/a'], machine({ '/a': names })), undefined);
    });
  }

  it('of two releases are not mixed', () => {
    const [server = '', ...rest] = KUBERNETES;
    assert.equal(findBinaries(['/a', '/b'], machine({ '/a': [server, 'etcd'], '/b': rest })), undefined);
  });

  it('are looked for where the user says, then in the cache, then on PATH', () => {
    assert.deepEqual(binaryFolders({ KUBEBUILDER_ASSETS: '/named', PATH: '/bin::/sbin' }, '/home/me'), [
      '/named',
      `/home/me/.cache/longshore/control-plane/${KUBERNETES_VERSION}`,
      '/bin',
      '/sbin',
    ]);
    assert.deepEqual(binaryFolders({ XDG_CACHE_HOME: '/caches' }, '/home/me'), [
      `/caches/longshore/control-plane/${KUBERNETES_VERSION}`,
    ]);
  });

  it('that are missing come with the ways to get them', () => {
    assert.match(noBinaries({}, '/home/me').message, /npm run control-plane:build.*KUBEBUILDER_ASSETS.*PATH/);
  });
});
