import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodVolume } from '../../../../agent/pod/pod-volume.ts';
import { bindMount, mountStatuses, volumeMounts } from '../../../../agent/pod/volume-mounts.ts';
import type { Pod } from '../../../../common/pod.ts';
import { aPod } from '../../../kit/pods.ts';

type Wish = NonNullable<Pod['spec']['containers'][number]['volumeMounts']>[number];

const ENV = new Map([
  ['POD', 'web-0'],
  ['UP', '..'],
  ['ROOT', '/etc'],
  ['EMPTY', ''],
]);

function mountsOf(wish: Partial<Wish>, recursiveReadOnly = false, volumes: readonly PodVolume[] = []) {
  const volumeMount = { name: 'data', mountPath: '/data', ...wish };
  const container = { name: 'main', volumeMounts: [volumeMount] };
  const pod = aPod({ spec: { volumes: [{ name: 'data', emptyDir: {} }], containers: [container] } });
  const mounts = volumeMounts(pod, container, { env: ENV, recursiveReadOnly, volumes });
  return { mounts, statuses: mountStatuses(container, { recursiveReadOnly }) };
}

function onlyMount(wish: Partial<Wish>, recursiveReadOnly?: boolean) {
  const { mounts } = mountsOf(wish, recursiveReadOnly);
  assert.equal(mounts.kind, 'ok');
  const [mount] = mounts.kind === 'ok' ? mounts.mounts : [];
  assert.ok(mount);
  return mount;
}

const complaintOf = (wish: Partial<Wish>) => {
  const { mounts } = mountsOf(wish);
  return mounts.kind === 'problem' ? mounts.message : undefined;
};

describe('the mounts of a container', () => {
  it('are Docker’s binds: theirs alone, and writable', () => {
    assert.deepEqual(bindMount(onlyMount({}), '/state/data'), {
      Type: 'bind',
      Source: '/state/data',
      Target: '/data',
      ReadOnly: false,
      BindOptions: { Propagation: 'rprivate', CreateMountpoint: true },
    });
    assert.equal(onlyMount({ mountPath: 'data' }).target, '/data');
  });

  for (const [mountPropagation, expected] of [
    ['None', 'rprivate'],
    ['HostToContainer', 'rslave'],
    ['Bidirectional', 'rshared'],
  ] as const) {
    it(`propagate as ${mountPropagation} says`, () => {
      const { BindOptions } = bindMount(onlyMount({ mountPropagation }), '/x');
      assert.equal(BindOptions.Propagation, expected);
    });
  }

  it('are read-only with all below where asked', () => {
    const options = (recursiveReadOnly: string | undefined, able: boolean) =>
      bindMount(onlyMount({ readOnly: true, recursiveReadOnly }, able), '/x').BindOptions;
    const alone = { Propagation: 'rprivate', CreateMountpoint: true, ReadOnlyNonRecursive: true };
    const whole = { Propagation: 'rprivate', CreateMountpoint: true, ReadOnlyForceRecursive: true };
    assert.deepEqual(options(undefined, true), alone);
    assert.deepEqual(options('Disabled', true), alone);
    assert.deepEqual(options('IfPossible', true), whole);
    assert.deepEqual(options('Enabled', true), whole);
    assert.deepEqual(options('IfPossible', false), alone);
    assert.equal(
      complaintOf({ readOnly: true, recursiveReadOnly: 'Enabled' }),
      'volume "data" requested recursive read-only mode, but it is not supported by the runtime',
    );
  });

  it('are told in the status', () => {
    const told = (wish: Partial<Wish>, able = false) => mountsOf(wish, able).statuses;
    const plain = { name: 'data', mountPath: '/data' };
    assert.deepEqual(told({}), [plain]);
    const readOnly = { ...plain, readOnly: true };
    assert.deepEqual(told({ readOnly: true }), [{ ...readOnly, recursiveReadOnly: 'Disabled' }]);
    assert.deepEqual(told({ readOnly: true, recursiveReadOnly: 'IfPossible' }, true), [
      { ...readOnly, recursiveReadOnly: 'Enabled' },
    ]);
  });

  for (const [wish, subPath] of [
    [{}, ''],
    [{ subPath: 'logs/today' }, 'logs/today'],
    [{ subPath: 'a..b' }, 'a..b'],
    [{ subPathExpr: 'logs/$(POD)' }, 'logs/web-0'],
    [{ subPathExpr: '$$(POD)' }, '$(POD)'],
    [{ subPath: '$(POD)' }, '$(POD)'],
  ] as const) {
    it(`show ${JSON.stringify(wish)} as '${subPath}'`, () => {
      assert.equal(onlyMount(wish).subPath, subPath);
    });
  }

  for (const [wish, complaint] of [
    [{ subPathExpr: '$(ROOT)' }, 'error SubPath `/etc` must not be an absolute path'],
    [{ subPathExpr: '$(UP)/x' }, "unable to provision SubPath `../x`: must not contain '..'"],
    [{ subPath: 'a/../../b' }, "unable to provision SubPath `a/../../b`: must not contain '..'"],
    [{ subPathExpr: '$(NONE)/$(EMPTY)' }, 'missing value for EMPTY, NONE'],
    [{ name: 'other' }, 'cannot find volume "other" to mount into container "main"'],
  ] as const) {
    it(`are refused for ${JSON.stringify(wish)}`, () => {
      assert.equal(complaintOf(wish), complaint);
    });
  }
});
