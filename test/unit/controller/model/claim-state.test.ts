import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeClaim } from '../../../../common/claim.ts';
import {
  claimState,
  type PersistentVolumeClaim,
  type PersistentVolumeObject,
  wantedVolume,
} from '../../../../controller/model/claim-state.ts';

const claim = (wish: PersistentVolumeClaim = {}): PersistentVolumeClaim => ({
  metadata: { uid: 'claim-uid', ...wish.metadata },
  spec: { volumeName: 'pv-1', ...wish.spec },
  status: { phase: 'Bound', ...wish.status },
});
const volume = (spec: PersistentVolumeObject['spec']): PersistentVolumeObject => ({
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    claimRef: { uid: 'claim-uid' },
    ...spec,
  },
});

describe('a claim', () => {
  it('that is bound is its volume', () => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'Exists' }] }] };
    const bound = claimState(
      claim({
        metadata: { uid: 'claim-uid', ownerReferences: [owner('other', false), owner('pod-uid', true)] },
      }),
      volume({ local: { path: '/mnt' }, mountOptions: ['ro'], nodeAffinity: { required } }),
    );
    assert.deepEqual(bound, {
      kind: 'bound',
      owner: 'pod-uid',
      volume: {
        ...{ name: 'pv-1', isBlock: false, mountOptions: ['ro'], required },
        source: { kind: 'local', path: '/mnt' },
      },
    });
  });

  for (const [spec, source] of [
    [{ hostPath: { path: '/srv' } }, { kind: 'hostPath', path: '/srv', type: '' }],
    [{ nfs: { server: 'nas', path: '/e' } }, { kind: 'nfs', server: 'nas', path: '/e', readOnly: false }],
    [{ csi: { driver: 'd', volumeHandle: 'h' } }, { kind: 'other', field: 'csi' }],
    [
      { storageClassName: 's', persistentVolumeReclaimPolicy: 'Retain' },
      { kind: 'other', field: 'volume' },
    ],
  ] as const) {
    it(`tells of ${JSON.stringify(spec)} what a machine needs`, () => {
      const state = claimState(claim(), volume(spec));
      assert.deepEqual(state.kind === 'bound' && state.volume.source, source);
    });
  }

  const hostPath = { hostPath: { path: '/srv' } };
  for (const [what, wish, found, message] of [
    ['waits for a volume', { status: { phase: 'Pending' } }, undefined, 'PVC is not bound'],
    ['ends', { metadata: { deletionTimestamp: 'now' } }, volume(hostPath), 'PVC is being deleted'],
    ['names none', { spec: { volumeName: '' } }, undefined, 'PVC has empty pvc.Spec.VolumeName'],
    [
      'names one that is no more',
      {},
      undefined,
      'failed to get PV pv-1 from API server: persistentvolumes "pv-1" not found',
    ],
    [
      'names one that is bound to nothing',
      {},
      { spec: hostPath },
      'found PV object pv-1 but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim',
    ],
    [
      'names one of another claim',
      {},
      volume({ ...hostPath, claimRef: { uid: 'other' } }),
      'found PV object pv-1 but its pv.Spec.ClaimRef.UID other does not point to claim.UID claim-uid',
    ],
  ] as const) {
    it(`that ${what} is of no use yet`, () => {
      const state = claimState(claim(wish as PersistentVolumeClaim), found as PersistentVolumeObject);
      assert.deepEqual(state, { kind: 'unusable', message, owner: undefined });
    });
  }

  it('has its volume read only when it says that it is bound', () => {
    assert.equal(wantedVolume(claim()), 'pv-1');
    assert.equal(wantedVolume(claim({ status: { phase: 'Lost' } })), undefined);
    assert.equal(wantedVolume(claim({ metadata: { deletionTimestamp: 'now' } })), undefined);
  });

  it('is read by agents as it was written, and nothing else is', () => {
    const sources = [
      { hostPath: { path: '/srv', type: 'Directory' } },
      { local: { path: '/srv' } },
      { nfs: { server: 'nas', path: '/', readOnly: true } },
      { iscsi: { iqn: 'i', lun: 0, targetPortal: 'p' } },
    ];
    for (const source of sources) {
      const state = claimState(claim(), volume({ ...source, volumeMode: 'Block' }));
      const read = decodeClaim(JSON.parse(JSON.stringify(state)));
      assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(state)));
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = decodeClaim(value);
        assert.ok(read === undefined || ['bound', 'unusable'].includes(read.kind));
      }),
    );
    for (const flawed of [{ kind: 'bound' }, { kind: 'bound', volume: {} }, { kind: 'unusable' }, 'bound'])
      assert.equal(decodeClaim(flawed), undefined);
  });
});

function owner(uid: string, controller: boolean) {
  return { apiVersion: 'v1', kind: 'Pod', name: uid, uid, controller };
}
