import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isReadOnly, podVolumes, type Volume } from '../../../../agent/pod/pod-volume.ts';
import type { Claim, PersistentVolume } from '../../../../common/claim.ts';
import type { Pod } from '../../../../common/pod.ts';
import { objectsOf } from '../../../kit/pod-objects.ts';
import { aPod } from '../../../kit/pods.ts';

const CLAIMED: Volume = { name: 'data', persistentVolumeClaim: { claimName: 'disk' } };
const machine = { cpuMilli: 1, memoryBytes: 1, ephemeralStorageBytes: 1 };

const pv = (wish: Partial<PersistentVolume>): PersistentVolume => ({
  name: 'pv-1',
  isBlock: false,
  mountOptions: [],
  required: undefined,
  source: { kind: 'local', path: '/mnt/disk' },
  ...wish,
});
const bound = (wish: Partial<PersistentVolume>): Claim => ({
  kind: 'bound',
  volume: pv(wish),
  owner: undefined,
});

function volumeOf(
  volume: Volume,
  wish: { claims?: Record<string, Claim>; unknown?: Record<string, string | undefined> } = {},
  securityContext: Pod['spec']['securityContext'] = {},
) {
  const containers = [{ name: 'main', volumeMounts: [{ name: 'data', mountPath: '/data' }] }];
  const pod = aPod({ spec: { securityContext, containers, volumes: [volume] } });
  const objects = objectsOf({ claims: wish.claims ?? {}, unknown: wish.unknown ?? {} }, pod);
  const [found] = podVolumes({ pod, objects, machine });
  assert.ok(found);
  return found;
}
const withClaim = (claim: Claim, volume = CLAIMED) => volumeOf(volume, { claims: { disk: claim } });
const processing = (why: string) =>
  `Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: ${why}`;

describe('a volume of the machine or the network', () => {
  it('is what the pod names', () => {
    const hostPath = { path: '/srv', type: 'Directory' };
    assert.deepEqual(volumeOf({ name: 'data', hostPath }), { kind: 'host-path', name: 'data', ...hostPath });
    const nfs = { server: 'nas', path: '/export' };
    const expected = { kind: 'nfs', name: 'data', title: 'data', ...nfs, readOnly: false, options: [] };
    assert.deepEqual(volumeOf({ name: 'data', nfs }), expected);
    assert.deepEqual(volumeOf({ name: 'data', nfs: { ...nfs, readOnly: true } }), {
      ...expected,
      readOnly: true,
    });
  });

  it('is what its claim is bound to', () => {
    const title = 'pv-1';
    assert.deepEqual(withClaim(bound({ source: { kind: 'hostPath', path: '/srv', type: '' } })), {
      ...{ kind: 'host-path', name: 'data', title, path: '/srv', type: '', readOnly: false },
    });
    assert.deepEqual(withClaim(bound({})), {
      ...{ kind: 'local', name: 'data', title, path: '/mnt/disk', readOnly: false, owner: undefined },
    });
    const source = { kind: 'nfs', server: 'nas', path: '/export', readOnly: false } as const;
    assert.deepEqual(withClaim(bound({ source, mountOptions: ['nfsvers=4.2', 'hard'] })), {
      ...{ kind: 'nfs', name: 'data', title, server: 'nas', path: '/export', readOnly: false },
      options: ['nfsvers=4.2', 'hard'],
    });
  });

  it('is read-only where its claim, or the volume itself, is to be', () => {
    const readOnly = { name: 'data', persistentVolumeClaim: { claimName: 'disk', readOnly: true } };
    const sources = [
      { kind: 'hostPath', path: '/srv', type: '' },
      { kind: 'local', path: '/srv' },
      { kind: 'nfs', server: 'nas', path: '/', readOnly: false },
    ] as const;
    for (const source of sources) {
      assert.equal(isReadOnly(withClaim(bound({ source }))), false);
      assert.equal(isReadOnly(withClaim(bound({ source }), readOnly)), true);
    }
    const nfs = { kind: 'nfs', server: 'nas', path: '/', readOnly: true } as const;
    assert.equal(isReadOnly(withClaim(bound({ source: nfs }))), true);
  });

  it('comes to belong to the pod’s group when it is local and can be written to', () => {
    const claims = { disk: bound({}) };
    const owner = (securityContext: Pod['spec']['securityContext'], volume = CLAIMED) => {
      const found = volumeOf(volume, { claims }, securityContext);
      return found.kind === 'local' ? found.owner : found.kind;
    };
    assert.deepEqual(owner({ fsGroup: 12 }), { group: 12, onlyOnMismatch: false });
    const policy = { fsGroup: 12, fsGroupChangePolicy: 'OnRootMismatch' };
    assert.deepEqual(owner(policy), { group: 12, onlyOnMismatch: true });
    const readOnly = { name: 'data', persistentVolumeClaim: { claimName: 'disk', readOnly: true } };
    assert.equal(owner({ fsGroup: 12 }, readOnly), undefined);
  });

  const pod = aPod();
  for (const [what, claim, message] of [
    [
      'missing',
      undefined,
      'error processing PVC default/disk: failed to fetch PVC from API server: persistentvolumeclaims "disk" not found',
    ],
    [
      'not bound',
      { kind: 'unusable', message: 'PVC is not bound', owner: undefined },
      'error processing PVC default/disk: PVC is not bound',
    ],
    [
      'bound to a block device',
      bound({ isBlock: true }),
      'volume data has volumeMode Block, but is specified in volumeMounts',
    ],
  ] as const) {
    it(`waits while its claim is ${what}`, () => {
      const found = volumeOf(CLAIMED, { claims: claim ? { disk: claim } : {} });
      assert.deepEqual(found, { kind: 'unready', name: 'data', message: processing(message), early: false });
    });
  }

  it('waits for its claim to be heard of, loudly only when there is a reason', () => {
    const moments = volumeOf(CLAIMED, { unknown: { disk: undefined } });
    assert.equal(moments.kind === 'unready' && moments.early, true);
    const lasting = volumeOf(CLAIMED, { unknown: { disk: 'forbidden' } });
    assert.equal(lasting.kind === 'unready' && lasting.early, false);
    assert.match(lasting.kind === 'unready' ? lasting.message : '', /fetch PVC from API server: forbidden$/);
  });

  it('that is made for the pod is its own, and no other pod’s', () => {
    const ephemeral: Volume = { name: 'data', ephemeral: {} };
    const claimName = `${pod.metadata.name}-data`;
    const owned = (owner: string | undefined) =>
      volumeOf(ephemeral, { claims: { [claimName]: { ...bound({}), owner } } });
    assert.equal(owned(pod.metadata.uid).kind, 'local');
    for (const other of ['another', undefined]) {
      const found = owned(other);
      assert.equal(
        found.kind === 'unready' && found.message,
        processing(
          `PVC default/${claimName} was not created for pod default/${pod.metadata.name} (pod is not owner)`,
        ),
      );
    }
  });

  it('of a kind that no machine can have is refused with its reason', () => {
    const found = withClaim(bound({ source: { kind: 'other', field: 'csi' } }));
    const reason = 'PersistentVolume pv-1: csi not supported by this node: machines run no CSI drivers';
    assert.deepEqual(found, { kind: 'refused', name: 'data', reason });
    assert.equal(withClaim(bound({ source: { kind: 'other', field: 'novel' } })).kind, 'refused');
  });
});
