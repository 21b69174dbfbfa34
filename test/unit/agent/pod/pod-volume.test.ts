import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { podVolumes, type Volume } from '../../../../agent/pod/pod-volume.ts';
import type { Pod } from '../../../../common/pod.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const MiB = 1 << 20;

type Container = Pod['spec']['containers'][number];

function contextOf(spec: Partial<Pod['spec']>, memoryBytes = 1) {
  const machine = { cpuMilli: 1, memoryBytes, ephemeralStorageBytes: 1 };
  const pod = aPod({ spec });
  return { pod, objects: objectsOf({}, pod), machine };
}

/** Of a pod whose only container mounts them all. */
function volumesOf(volumes: readonly Volume[], spec: Partial<Pod['spec']> = {}, machineMemory = 64 * MiB) {
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  const containers = (spec.containers ?? [{ name: 'main' }]).map((one) => ({ ...one, volumeMounts }));
  return podVolumes(contextOf({ ...spec, volumes: [...volumes], containers }, machineMemory));
}

const limited = (name: string, memory?: string, rest: Partial<Container> = {}): Container => ({
  name,
  ...rest,
  ...(memory ? { resources: { limits: { memory } } } : {}),
});

describe('a pod’s volumes', () => {
  it('are those that a container mounts, of whichever list', () => {
    const volumes = ['regular', 'init', 'debug', 'unused'].map((name) => ({ name, emptyDir: {} }));
    const mounting = (name: string) => ({ name, volumeMounts: [{ name, mountPath: '/data' }] });
    const spec = {
      volumes,
      containers: [mounting('regular')],
      initContainers: [mounting('init')],
      ephemeralContainers: [mounting('debug')],
    };
    assert.deepEqual(
      podVolumes(contextOf(spec)).map(({ name }) => name),
      ['regular', 'init', 'debug'],
    );
  });

  it('are emptyDirs where they say nothing, with the pod’s group', () => {
    const expected = { kind: 'empty-dir', memory: undefined, sizeLimitBytes: undefined };
    assert.deepEqual(volumesOf([{ name: 'a' }, { name: 'b', emptyDir: {} }]), [
      { ...expected, name: 'a', group: undefined },
      { ...expected, name: 'b', group: undefined },
    ]);
    assert.deepEqual(volumesOf([{ name: 'a' }], { securityContext: { fsGroup: 12 } }), [
      { ...expected, name: 'a', group: 12 },
    ]);
  });

  for (const [what, sizeLimit, containers, bytes] of [
    ['the machine', undefined, [limited('a')], 64],
    ['the volume', '8Mi', [limited('a')], 8],
    ['the pod', '32Mi', [limited('a', '4Mi'), limited('b', '6Mi')], 10],
    ['the machine, as one container has no limit', '128Mi', [limited('a', '4Mi'), limited('b')], 64],
    ['the machine, as no limit is 0', '0', [limited('a')], 64],
  ] as const) {
    it(`in memory may grow as large as ${what} lets them`, () => {
      const volume = { name: 'cache', emptyDir: { medium: 'Memory', sizeLimit } };
      const [found] = volumesOf([volume], { containers: [...containers] });
      assert.equal(found?.kind === 'empty-dir' ? found.memory?.maxBytes : undefined, bytes * MiB);
    });
  }

  it('in memory count what init containers need, one by one, and what sidecars do, all along', () => {
    const always = { restartPolicy: 'Always' };
    const initContainers = [limited('big', '20Mi'), limited('side', '3Mi', always), limited('last', '5Mi')];
    const bytes = (containers: Container[]) => {
      const [found] = volumesOf([{ name: 'cache', emptyDir: { medium: 'Memory' } }], {
        initContainers,
        containers,
      });
      return found?.kind === 'empty-dir' ? found.memory?.maxBytes : undefined;
    };
    assert.equal(bytes([limited('main', '4Mi')]), 20 * MiB);
    assert.equal(bytes([limited('main', '40Mi')]), 43 * MiB);
  });

  it('of the machine name their path and type', () => {
    assert.deepEqual(
      volumesOf([
        { name: 'a', hostPath: { path: '/x' } },
        { name: 'b', hostPath: { path: '/x', type: 'File' } },
      ]),
      [
        { kind: 'host-path', name: 'a', path: '/x', type: '' },
        { kind: 'host-path', name: 'b', path: '/x', type: 'File' },
      ],
    );
  });

  it('that no machine can have say why', () => {
    const [volume] = volumesOf([{ name: 'disk', csi: { driver: 'x' } }]);
    assert.deepEqual(volume, {
      kind: 'refused',
      name: 'disk',
      reason: 'csi not supported by this node: machines run no CSI drivers',
    });
    const [pages] = volumesOf([{ name: 'pages', emptyDir: { medium: 'HugePages-2Mi' } }]);
    assert.deepEqual(pages, {
      kind: 'refused',
      name: 'pages',
      reason:
        'emptyDir of medium HugePages-2Mi not supported by this node: Docker gives no huge pages to a container',
    });
  });
});
